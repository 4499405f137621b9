/** Pods with addresses that nobody routes leave with their node's. */
import { parseIpRange, rangeContains, type IpRange } from "../lib/ip-range.ts";
import type { Check } from "./check.ts";

/** Unique local addresses (RFC 4193) and the documentation's: never routed on the Internet. */
const UNROUTED = ["fc00::/7", "2001:db8::/32"].map((text) => parseIpRange(text) as IpRange);

export const ipv6Masqueraded: Check = {
  id: "ipv6-masqueraded",
  severity: "warning",
  summary: "Where pods have private IPv6 addresses, they are masqueraded.",
  why: "flannel leaves IPv6 alone unless --flannel-ipv6-masq is set: packets then leave with an address to which no answer finds its way (docs.k3s.io, dual stack).",
  examples: {
    good: `
      kubernetes:
        network: { pods: [10.42.0.0/16, "fd00:42::/56"], services: [10.43.0.0/16, "fd00:43::/112"], ipv6Masquerade: true }`,
    bad: `
      kubernetes:
        network:
          pods: [10.42.0.0/16, "fd00:42::/56"]
          services: [10.43.0.0/16, "fd00:43::/112"]
          ipv6Masquerade: false # ✗`,
  },
  check({ homelab }) {
    const { cni, pods, ipv6Masquerade } = homelab.kubernetes.network;
    if (cni !== "flannel" || ipv6Masquerade) return [];
    return pods.flatMap((text) => {
      const range = parseIpRange(text);
      if (range === undefined || range.family !== 6 || !UNROUTED.some((unrouted) => rangeContains(unrouted, range))) return [];
      return [
        {
          path: ["kubernetes", "network", "ipv6Masquerade"],
          value: "false",
          message: `pods have the private IPv6 range ${text}, which the Internet does not route, and leave with it`,
          expected: "true",
          fix: "Set ipv6Masquerade: true.",
        },
      ];
    });
  },
};
