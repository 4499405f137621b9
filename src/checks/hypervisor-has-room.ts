/** Virtual machines fit on what runs them. */
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { bytesText } from "./derived/text.ts";

export const hypervisorHasRoom: Check = {
  id: "hypervisor-has-room",
  severity: "error",
  summary: "The machines that a hypervisor runs have together no more memory than it has.",
  why: "Memory cannot be promised twice: the hypervisor kills a virtual machine when they use it, or starts swapping, which etcd does not survive.",
  examples: {
    good: `
      machines:
        vm1: { address: 192.168.1.11, roles: [control-plane, worker], hardware: vm, memory: 8Gi }
        vm2: { address: 192.168.1.12, hardware: vm, memory: 8Gi }
      site:
        pve1: { kind: hypervisor, runs: [vm1, vm2], memory: 32Gi }`,
    bad: `
      machines:
        vm1: { address: 192.168.1.11, roles: [control-plane, worker], hardware: vm, memory: 12Gi }
        vm2: { address: 192.168.1.12, hardware: vm, memory: 12Gi }
      site:
        pve1: { kind: hypervisor, runs: [vm1, vm2], memory: 16Gi } # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.site).flatMap((part): CheckResult[] => {
      if (part.memory === undefined || part.runs.length === 0) return [];
      const total = part.runs.reduce((sum, name) => sum + (own(homelab.machines, name)?.memory.value ?? 0), 0);
      if (total <= part.memory.value) return [];
      return [
        {
          path: ["site", part.name, "memory"],
          value: part.memory.text,
          message: `${part.name} has ${part.memory.text} of memory, and its machines (${part.runs.join(", ")}) have ${bytesText(total)}`,
          expected: `at least ${bytesText(total)}`,
          fix: "Give the machines less memory, or move one to another hypervisor.",
        },
      ];
    });
  },
};
