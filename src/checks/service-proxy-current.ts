/** kube-proxy's mode has a future. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Check } from "./check.ts";

export const serviceProxyCurrent: Check = {
  id: "service-proxy-current",
  severity: "warning",
  summary: "The service proxy runs in iptables or nftables mode, not ipvs.",
  why: "The ipvs mode is deprecated since Kubernetes 1.35 and planned to go; nftables is its successor (KEP-3866, release notes of 1.35).",
  examples: {
    good: `
      kubernetes: { network: { proxy: nftables } }`,
    bad: `
      kubernetes: { version: v1.36.1+k3s1, network: { proxy: ipvs } } # ✗`,
  },
  check({ homelab }) {
    const { network, version } = homelab.kubernetes;
    const minor = parseKubernetesVersion(version)?.minor ?? 0;
    if (network.proxy !== "ipvs" || minor < 35) return [];
    return [
      {
        path: ["kubernetes", "network", "proxy"],
        value: "ipvs",
        message: `kube-proxy's ipvs mode is deprecated since Kubernetes 1.35, and this is 1.${minor}`,
        expected: "nftables or iptables",
        fix: "Use proxy: nftables (Linux 5.13 or newer), or iptables.",
      },
    ];
  },
};
