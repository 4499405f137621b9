/** Calico, by its operator. */
import type { Homelab } from "../../config/homelab.ts";
import type { Footprint } from "../footprint.ts";
import { componentVersion } from "../versions.ts";
import { nodes, pinnedChart, type Component } from "./component.ts";

const AT = ["kubernetes", "network"];

/** What the operator's Installation calls each way of carrying packets. */
function encapsulation(homelab: Homelab): string {
  switch (homelab.kubernetes.network.backend) {
    case "ipip": return "IPIP";
    case "none": case "host-gw": case "bgp": return "None";
    default: return "VXLAN";
  }
}

function values(homelab: Homelab): Record<string, unknown> {
  const { pods, nodePrefix, backend } = homelab.kubernetes.network;
  const usesBgp = backend === "bgp" || backend === "ipip" || backend === "host-gw";
  return {
    installation: {
      calicoNetwork: {
        bgp: usesBgp ? "Enabled" : "Disabled",
        linuxDataplane: homelab.kubernetes.network.proxy === "nftables" ? "Nftables" : "Iptables",
        ipPools: pods.map((cidr) => ({
          cidr,
          // IP in IP carries IPv4 alone.
          encapsulation: cidr.includes(":") && backend === "ipip" ? "None" : encapsulation(homelab),
          natOutgoing: "Enabled",
          nodeSelector: "all()",
          blockSize: cidr.includes(":") ? 122 : Math.max(nodePrefix.ipv4, 26),
        })),
      },
    },
    goldmane: { enabled: false },
    whisker: { enabled: false },
  };
}

export const calico: Component = {
  name: "calico",
  summary: "the pods' network, with policies",
  at: AT,
  isUsed: (homelab) => homelab.kubernetes.network.cni === "calico",
  install: () => "chart",
  charts: (homelab) => [{ ...pinnedChart("calico", AT, "tigera-operator", values(homelab)), isNetwork: true }],
  footprint(homelab): Footprint {
    const version = componentVersion("calico").app;
    const image = (name: string) => `quay.io/calico/${name}:${version}`;
    // The operator runs one Typha for up to two nodes, two for up to three, then three (its autoscaler's table).
    const count = nodes(homelab).length;
    return {
      workloads: [
        { kind: "Deployment", namespace: "tigera-operator", name: "tigera-operator", labels: { name: "tigera-operator" }, serviceAccount: "tigera-operator", hostNetwork: true, tolerates: "all", containers: [{ name: "tigera-operator", image: "quay.io/tigera/operator:v1.40.3" }] },
        { kind: "DaemonSet", namespace: "calico-system", name: "calico-node", labels: { "k8s-app": "calico-node" }, serviceAccount: "calico-node", hostNetwork: true, tolerates: "all", priorityClass: "system-node-critical", containers: [{ name: "calico-node", image: image("node") }] },
        { kind: "DaemonSet", namespace: "calico-system", name: "csi-node-driver", labels: { "k8s-app": "csi-node-driver" }, serviceAccount: "csi-node-driver", tolerates: "all", containers: [{ name: "calico-csi", image: image("csi") }, { name: "csi-node-driver-registrar", image: image("node-driver-registrar") }] },
        { kind: "Deployment", namespace: "calico-system", name: "calico-typha", replicas: count <= 2 ? 1 : count <= 3 ? 2 : 3, labels: { "k8s-app": "calico-typha" }, serviceAccount: "calico-typha", hostNetwork: true, tolerates: "all", priorityClass: "system-cluster-critical", containers: [{ name: "calico-typha", image: image("typha"), ports: [{ name: "calico-typha", port: 5473, hostPort: 5473 }] }] },
        { kind: "Deployment", namespace: "calico-system", name: "calico-kube-controllers", labels: { "k8s-app": "calico-kube-controllers" }, serviceAccount: "calico-kube-controllers", tolerates: "control-plane", priorityClass: "system-cluster-critical", containers: [{ name: "calico-kube-controllers", image: image("kube-controllers") }] },
      ],
    };
  },
  crds: ["calico"],
};
