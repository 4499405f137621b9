/** The service range is no larger than the API server takes. */
import { parseIpRange } from "../lib/ip-range.ts";
import type { Check } from "./check.ts";

/** docs.k3s.io, "Dual-stack": at most /12 and /112. kube-apiserver itself: at most 20 bits of hosts, so /12 and /108. */
const PREFIX_MIN = { k3s: { 4: 12, 6: 112 }, kubeadm: { 4: 12, 6: 108 } } as const;

export const serviceCidrSmallEnough: Check = {
  id: "service-cidr-small-enough",
  severity: "error",
  summary: "The services' range is at most a /12 (IPv4) and a /112 (IPv6; /108 with kubeadm).",
  why: "kube-apiserver keeps a bitmap of service addresses and refuses to start with a larger range (docs.k3s.io, dual stack; kube-apiserver, --service-cluster-ip-range).",
  examples: {
    good: `
      kubernetes:
        network: { services: 10.96.0.0/12 }`,
    bad: `
      kubernetes:
        network: { pods: 172.16.0.0/16, services: 10.0.0.0/8 } # ✗`,
  },
  check({ homelab }) {
    const limits = PREFIX_MIN[homelab.kubernetes.distribution];
    return homelab.kubernetes.network.services.flatMap((text, index) => {
      const range = parseIpRange(text);
      if (range === undefined || range.prefix >= limits[range.family]) return [];
      return [
        {
          path: ["kubernetes", "network", "services", index],
          value: text,
          message: `services ${text} is larger than the API server takes`,
          expected: `a prefix length of at least ${limits[range.family]}`,
          fix: `Write ${range.family === 4 ? "10.43.0.0/16" : "a /112, such as 2001:db8:43::/112"}: 65,536 services are plenty.`,
        },
      ];
    });
  },
};
