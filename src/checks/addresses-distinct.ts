/** Each address belongs to one thing. */
import type { Path } from "../config/finding.ts";
import type { Homelab } from "../config/homelab.ts";
import type { Check, CheckResult } from "./check.ts";
import { partText } from "./derived/text.ts";

export const addressesDistinct: Check = {
  id: "addresses-distinct",
  severity: "error",
  summary: "No two machines or site parts have the same address.",
  why: "Two machines that answer for one address take each other's connections away; SSH then changes the wrong one.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12 }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.11 } # ✗`,
  },
  check({ homelab }) {
    const owners = new Map<string, string>();
    return addresses(homelab).flatMap(({ what, address, path }): CheckResult[] => {
      const owner = owners.get(address);
      if (owner === undefined) owners.set(address, what);
      if (owner === undefined || owner === what) return [];
      return [
        {
          path,
          value: address,
          message: `${what} has the address of ${owner}, ${address}`,
          expected: "an address of its own",
          fix: "Give each its own address; fix it in the router's DHCP, or set network.addresses.",
        },
      ];
    });
  },
};

interface Owned {
  what: string;
  address: string;
  path: Path;
}

function addresses(homelab: Homelab): Owned[] {
  const found: Owned[] = [];
  for (const machine of Object.values(homelab.machines)) {
    const what = `machine ${machine.name}`;
    if (machine.address !== undefined && !isShared(machine.address, machine.ssh.port)) found.push({ what, address: machine.address, path: ["machines", machine.name, "address"] });
    for (const list of ["addresses", "nodeIps"] as const) {
      for (const [index, text] of machine.network[list].entries()) {
        found.push({ what, address: text.split("/")[0] ?? text, path: ["machines", machine.name, "network", list, index] });
      }
    }
  }
  for (const part of Object.values(homelab.site)) {
    if (part.address !== undefined) found.push({ what: partText(part), address: part.address, path: ["site", part.name, "address"] });
  }
  return found;
}

/** Virtual machines behind one address differ by their SSH port. */
function isShared(address: string, sshPort: number): boolean {
  return sshPort !== 22 && (address === "127.0.0.1" || address === "localhost" || address === "::1");
}
