/** What the router forwards arrives at a machine of the file. */
import { nearestName } from "../lib/nearest-name.ts";
import type { Check, CheckResult } from "./check.ts";
import { poolRanges } from "./derived/ranges.ts";
import { parseIpRange, rangeContains } from "../lib/ip-range.ts";

export const forwardsReachMachine: Check = {
  id: "forwards-reach-machine",
  severity: "error",
  summary: "A router forwards ports to a machine of the homelab, or to an address that the cluster gives out.",
  why: "A forward to an address that nobody has is why a site cannot be reached from outside, and only from outside.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
      site:
        box: { kind: router, forwards: { 80: pi1, 443: pi1 } }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
      site:
        box:
          kind: router
          forwards:
            80: pi1
            443: pi2 # ✗`,
  },
  check({ homelab }) {
    const names = [...Object.keys(homelab.machines), ...Object.keys(homelab.site)];
    const addresses = new Set<string>();
    for (const machine of Object.values(homelab.machines)) {
      for (const text of [machine.address, machine.fqdn, machine.hostname, ...machine.network.addresses, ...machine.network.nodeIps]) if (text !== undefined) addresses.add(text.split("/")[0] ?? text);
    }
    for (const part of Object.values(homelab.site)) if (part.address !== undefined) addresses.add(part.address);
    const { endpoint } = homelab.kubernetes;
    for (const text of [endpoint.address, endpoint.name]) if (text !== undefined) addresses.add(text);
    const pools = poolRanges(homelab);
    return Object.values(homelab.site).flatMap((part) =>
      part.forwards.flatMap((forward, index): CheckResult[] => {
        if (names.includes(forward.to) || addresses.has(forward.to)) return [];
        const address = parseIpRange(forward.to);
        if (address !== undefined && pools.some((pool) => rangeContains(pool.range, address))) return [];
        return [
          {
            path: ["site", part.name, "forwards", index],
            value: forward.to,
            ...(address === undefined ? {} : { severity: "warning" as const }),
            message: `${part.name} forwards port ${forward.port} to ${forward.to}, which is no machine of this homelab`,
            expected: `a machine: ${Object.keys(homelab.machines).join(", ")}`,
            didYouMean: nearestName(forward.to, [...Object.keys(homelab.machines), ...addresses]),
            fix: "Name a machine, or add it under machines.",
          },
        ];
      }),
    );
  },
};
