/** The Kubernetes API is not open to the Internet without anyone noticing. */
import type { Check, CheckResult } from "./check.ts";

/** Ports of the cluster's own parts, that nobody outside needs. */
const CLUSTER_PORTS: Readonly<Record<number, string>> = { 6443: "the Kubernetes API", 2379: "etcd", 2380: "etcd's peers", 10250: "the kubelet", 22: "SSH" };

export const apiNotOnInternet: Check = {
  id: "api-not-on-internet",
  severity: "info",
  summary: "A router does not forward the ports of the API, etcd, the kubelet or SSH.",
  why: "The API is guarded by certificates, but each flaw in it is then open to everyone; etcd and the kubelet are guarded less. A VPN, or SSH with keys on another port, reaches the home as well.",
  examples: {
    good: `
      site:
        box: { kind: router, forwards: { 80: pi1, 443: pi1 } }`,
    bad: `
      site:
        box:
          kind: router
          forwards:
            443: pi1
            6443: pi1 # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.site).flatMap((part) =>
      part.forwards.flatMap((forward, index): CheckResult[] => {
        const what = CLUSTER_PORTS[forward.toPort];
        if (what === undefined || forward.protocol !== "tcp") return [];
        return [
          {
            path: ["site", part.name, "forwards", index],
            value: String(forward.port),
            severity: forward.toPort === 6443 || forward.toPort === 22 ? "info" : "warning",
            message: `${part.name} opens ${what} (port ${forward.toPort} of ${forward.to}) to the Internet`,
            fix: "Remove the forward and use a VPN, or keep it and watch for updates.",
          },
        ];
      }),
    );
  },
};
