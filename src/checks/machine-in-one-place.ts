/** A virtual machine runs on one hypervisor. */
import type { Check, CheckResult } from "./check.ts";

export const machineInOnePlace: Check = {
  id: "machine-in-one-place",
  severity: "error",
  summary: "No machine runs on two hypervisors.",
  why: "What fails together would be wrong: the rehearsal would turn it off twice as often.",
  examples: {
    good: `
      machines:
        vm1: { address: 192.168.1.11, roles: [control-plane, worker], hardware: vm }
      site:
        pve1: { kind: hypervisor, runs: [vm1] }`,
    bad: `
      machines:
        vm1: { address: 192.168.1.11, roles: [control-plane, worker], hardware: vm }
      site:
        pve1: { kind: hypervisor, runs: [vm1] }
        pve2:
          kind: hypervisor
          runs: [vm1] # ✗`,
  },
  check({ homelab }) {
    const owners = new Map<string, string>();
    return Object.values(homelab.site).flatMap((part) =>
      part.runs.flatMap((name, index): CheckResult[] => {
        const earlier = owners.get(name);
        if (earlier === undefined) owners.set(name, part.name);
        if (earlier === undefined) return [];
        return [{ path: ["site", part.name, "runs", index], value: name, message: `${name} runs on ${earlier} already`, expected: "one hypervisor", fix: `Remove ${name} from one of them.` }];
      }),
    );
  },
};
