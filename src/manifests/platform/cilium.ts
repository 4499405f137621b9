/** Cilium, by its chart. */
import type { Homelab } from "../../config/homelab.ts";
import { componentVersion } from "../versions.ts";
import { nodes, pinnedChart, type Component } from "./component.ts";

const AT = ["kubernetes", "network"];

function values(homelab: Homelab): Record<string, unknown> {
  const { pods, nodePrefix, backend, proxy } = homelab.kubernetes.network;
  const v4 = pods.filter((range) => !range.includes(":"));
  const v6 = pods.filter((range) => range.includes(":"));
  const isNative = backend === "none" || backend === "host-gw" || backend === "bgp";
  return {
    ipam: {
      mode: "cluster-pool",
      operator: {
        ...(v4.length > 0 ? { clusterPoolIPv4PodCIDRList: v4, clusterPoolIPv4MaskSize: nodePrefix.ipv4 } : {}),
        ...(v6.length > 0 ? { clusterPoolIPv6PodCIDRList: v6, clusterPoolIPv6MaskSize: nodePrefix.ipv6 } : {}),
      },
    },
    ipv4: { enabled: v4.length > 0 },
    ipv6: { enabled: v6.length > 0 },
    kubeProxyReplacement: proxy === "none",
    // Without kube-proxy the agents must know an API address that needs no Service.
    ...(proxy === "none" && homelab.kubernetes.endpoint.address !== undefined ? { k8sServiceHost: homelab.kubernetes.endpoint.address, k8sServicePort: homelab.kubernetes.endpoint.port } : {}),
    ...(isNative ? { routingMode: "native", autoDirectNodeRoutes: true, ...(v4[0] === undefined ? {} : { ipv4NativeRoutingCIDR: v4[0] }) } : { routingMode: "tunnel", tunnelProtocol: "vxlan" }),
    ...(backend === "wireguard-native" ? { encryption: { enabled: true, type: "wireguard" } } : {}),
    operator: { replicas: Math.min(2, Math.max(1, nodes(homelab).length)) },
    hubble: { enabled: false },
  };
}

export const cilium: Component = {
  name: "cilium",
  summary: "the pods' network, with policies",
  at: AT,
  isUsed: (homelab) => homelab.kubernetes.network.cni === "cilium",
  install: () => "chart",
  charts: (homelab) => [{ ...pinnedChart("cilium", AT, "kube-system", values(homelab)), isNetwork: true }],
  footprint(homelab) {
    const version = componentVersion("cilium").app;
    const part = (name: string) => ({ "app.kubernetes.io/part-of": "cilium", "app.kubernetes.io/name": name });
    return {
      workloads: [
        { kind: "DaemonSet", namespace: "kube-system", name: "cilium", labels: { "k8s-app": "cilium", ...part("cilium-agent") }, serviceAccount: "cilium", hostNetwork: true, tolerates: "all", priorityClass: "system-node-critical", containers: [{ name: "cilium-agent", image: `quay.io/cilium/cilium:${version}`, ready: { path: "/healthz", port: 9879 } }] },
        { kind: "DaemonSet", namespace: "kube-system", name: "cilium-envoy", labels: { "k8s-app": "cilium-envoy", ...part("cilium-envoy") }, serviceAccount: "cilium-envoy", hostNetwork: true, tolerates: "all", priorityClass: "system-node-critical", containers: [{ name: "cilium-envoy", image: "quay.io/cilium/cilium-envoy:v1.36.2" }] },
        { kind: "Deployment", namespace: "kube-system", name: "cilium-operator", replicas: Math.min(2, Math.max(1, nodes(homelab).length)), labels: { "io.cilium/app": "operator", ...part("cilium-operator") }, serviceAccount: "cilium-operator", hostNetwork: true, tolerates: "all", priorityClass: "system-cluster-critical", containers: [{ name: "cilium-operator", image: `quay.io/cilium/operator-generic:${version}` }] },
      ],
    };
  },
  crds: ["cilium"],
};
