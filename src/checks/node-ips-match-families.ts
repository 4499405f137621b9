/** In a dual-stack cluster each node says both of its addresses. */
import { parseIpRange } from "../lib/ip-range.ts";
import type { Check, CheckResult } from "./check.ts";
import { nodes } from "./derived/machines.ts";

export const nodeIpsMatchFamilies: Check = {
  id: "node-ips-match-families",
  severity: "error",
  summary: "Where a node's addresses are given, they cover the families of the pods, the primary first.",
  why: "The kubelet must be told both addresses (--node-ip): otherwise it reports one family only and its pods get no address of the other (docs.k3s.io, dual stack: IPv6 first where IPv6 is primary).",
  examples: {
    good: `
      kubernetes:
        network: { pods: [10.42.0.0/16, "2001:db8:42::/56"], services: [10.43.0.0/16, "2001:db8:43::/112"] }
      machines:
        pc1:
          roles: [control-plane, worker]
          network: { nodeIps: [192.168.1.11, "2001:db8:1::11"] }`,
    bad: `
      kubernetes:
        network: { pods: [10.42.0.0/16, "2001:db8:42::/56"], services: [10.43.0.0/16, "2001:db8:43::/112"] }
      machines:
        pc1:
          roles: [control-plane, worker]
          network:
            nodeIps: [192.168.1.11] # ✗`,
  },
  check({ homelab }) {
    const wanted = homelab.kubernetes.network.pods.map((text) => parseIpRange(text)?.family);
    return nodes(homelab).flatMap((machine): CheckResult[] => {
      const given = machine.network.nodeIps.map((text) => parseIpRange(text)?.family);
      const path = ["machines", machine.name, "network", "nodeIps"];
      const families = wanted.map((family) => `IPv${family}`).join(" then ");
      if (given.length === 0) {
        const isPrimaryIpv6 = wanted[0] === 6;
        if (!isPrimaryIpv6) return [];
        return [
          {
            path,
            severity: "warning",
            message: `${machine.name} does not say its addresses, and the cluster's primary family is IPv6`,
            expected: families,
            fix: "Set network.nodeIps, the IPv6 address first.",
          },
        ];
      }
      if (given.join() === wanted.join()) return [];
      return [
        {
          path,
          value: machine.network.nodeIps.join(", "),
          message: `${machine.name} says ${given.map((family) => `IPv${family}`).join(" then ")}, and the pods use ${families}`,
          expected: families,
          fix: "Give one address of each family, in the order of kubernetes.network.pods.",
        },
      ];
    });
  },
};
