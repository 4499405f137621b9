/** The way packets travel is one that the network plugin knows. */
import type { ClusterNetwork } from "../config/homelab.ts";
import { nearestName } from "../lib/nearest-name.ts";
import type { Check } from "./check.ts";

const BACKENDS: Readonly<Record<ClusterNetwork["cni"], readonly ClusterNetwork["backend"][]>> = {
  flannel: ["vxlan", "host-gw", "wireguard-native", "none"],
  calico: ["vxlan", "ipip", "bgp", "none"],
  cilium: ["vxlan", "bgp", "none"],
  "kube-router": ["ipip", "bgp", "none"],
  none: ["none", "vxlan", "host-gw", "wireguard-native", "ipip", "bgp"],
};

export const networkBackendFits: Check = {
  id: "network-backend-fits",
  severity: "error",
  summary: "The network's backend is one that its plugin has.",
  why: "Each plugin has its own ways between nodes (flannel: backends.md; Calico: IPPool ipipMode and vxlanMode; Cilium: routing modes). An unknown one keeps the plugin from starting, and every node stays NotReady.",
  examples: {
    good: `
      kubernetes: { distribution: kubeadm, network: { cni: calico, backend: ipip } }`,
    bad: `
      kubernetes:
        network:
          cni: flannel
          backend: ipip # ✗`,
  },
  check({ homelab }) {
    const { cni, backend } = homelab.kubernetes.network;
    const known = BACKENDS[cni];
    if (known.includes(backend)) return [];
    return [
      {
        path: ["kubernetes", "network", "backend"],
        value: backend,
        message: `${cni} has no backend ${backend}`,
        expected: `one of ${known.join(", ")}`,
        didYouMean: nearestName(backend, known),
        fix: `Choose one of ${cni}'s, or another cni.`,
      },
    ];
  },
};
