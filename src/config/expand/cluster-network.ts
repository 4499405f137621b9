/** The pods' and services' network. */
import type { z } from "zod";
import type { ClusterNetwork } from "../homelab.ts";
import type { network as networkSchema } from "../schema/cluster-network.ts";
import { list, type Expansion } from "./expansion.ts";

/** k3s' and kubeadm's (as flannel's manifest assumes) own ranges. */
const RANGES = {
  k3s: { pods: "10.42.0.0/16", services: "10.43.0.0/16" },
  kubeadm: { pods: "10.244.0.0/16", services: "10.96.0.0/12" },
} as const;

const BACKENDS: Readonly<Record<ClusterNetwork["cni"], readonly [ClusterNetwork["backend"], string]>> = {
  flannel: ["vxlan", "flannel's own default: works on any network"],
  calico: ["vxlan", "works on any network, needs no BGP"],
  cilium: ["vxlan", "Cilium's own default"],
  "kube-router": ["bgp", "kube-router's own way"],
  none: ["none", "there is no network plugin"],
};

export function expandNetwork(written: z.input<typeof networkSchema> | undefined, distribution: "k3s" | "kubeadm", disable: readonly string[], e: Expansion): ClusterNetwork {
  const path = ["kubernetes", "network"];
  const input = written ?? {};
  const cni = e.or<ClusterNetwork["cni"]>([...path, "cni"], input.cni, "flannel", distribution === "k3s" ? "what k3s brings" : "small, and needs no setting up");
  const [backend, why] = BACKENDS[cni];
  const pods = list(e.or<string | string[]>([...path, "pods"], input.pods, [RANGES[distribution].pods], `${distribution}'s usual range`));
  const services = list(e.or<string | string[]>([...path, "services"], input.services, [RANGES[distribution].services], `${distribution}'s usual range`));
  const hasIpv6 = pods.some((range) => range.includes(":"));
  const nodeLocal = typeof input.dns?.nodeLocal === "boolean" ? { enabled: input.dns.nodeLocal } : input.dns?.nodeLocal;
  return {
    cni,
    backend: e.or([...path, "backend"], input.backend, backend, why),
    pods,
    services,
    nodePrefix: {
      ipv4: e.or([...path, "nodePrefix", "ipv4"], input.nodePrefix?.ipv4, 24, "the controller-manager's own default: 254 pods a node"),
      ipv6: e.or([...path, "nodePrefix", "ipv6"], input.nodePrefix?.ipv6, 64, "the controller-manager's own default"),
    },
    ipv6Masquerade: e.or([...path, "ipv6Masquerade"], input.ipv6Masquerade, hasIpv6, hasIpv6 ? "home networks do not route the pods' range" : "the pods have no IPv6"),
    dns: {
      domain: e.or([...path, "dns", "domain"], input.dns?.domain, "cluster.local", "Kubernetes' own default"),
      upstream: input.dns?.upstream ?? [],
      ndots: e.or([...path, "dns", "ndots"], input.dns?.ndots, 5, "the kubelet's own default"),
      nodeLocal: {
        enabled: e.or([...path, "dns", "nodeLocal", "enabled"], nodeLocal?.enabled, nodeLocal !== undefined, nodeLocal === undefined ? "CoreDNS is enough for a home" : "dns.nodeLocal is given"),
        address: e.or([...path, "dns", "nodeLocal", "address"], nodeLocal?.address, "169.254.20.10", "the address in Kubernetes' own instructions"),
      },
    },
    proxy: e.or<ClusterNetwork["proxy"]>([...path, "proxy"], input.proxy, "iptables", "kube-proxy's own default"),
    enforcesPolicies: cni === "calico" || cni === "cilium" || cni === "kube-router" || (cni === "flannel" && distribution === "k3s" && !disable.includes("network-policy")),
  };
}
