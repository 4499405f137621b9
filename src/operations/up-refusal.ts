/** What the file may say and `up` does not build: named, with its field, before any machine is touched. When one is built, its line goes. */
import type { Homelab } from "../config/homelab.ts";

export interface UpRefusal {
  /** `kubernetes.distribution` */
  readonly field: string;
  readonly value: string;
  readonly instead: string;
}

export function upRefusal(homelab: Homelab): UpRefusal | undefined {
  const { containerRuntime, distribution, endpoint, datastore } = homelab.kubernetes;
  if (containerRuntime === "cri-o" && distribution === "k3s") return { field: "kubernetes.containerRuntime", value: "cri-o", instead: "k3s brings containerd: set kubernetes.containerRuntime: containerd, or distribution: kubeadm" };
  if (endpoint.by === "kube-vip" && endpoint.port !== 6443) return { field: "kubernetes.endpoint.port", value: String(endpoint.port), instead: "kube-vip carries the address and leads no other port to the API servers' own, 6443" };
  if (datastore.kind === "external" && distribution === "kubeadm") return { field: "kubernetes.datastore", value: "external", instead: "kubeadm's own etcd, on the control planes, is built" };
  return undefined;
}

export function upRefusalText({ field, value, instead }: UpRefusal, verb: string): string {
  return `${field}: ${value} can be rehearsed and rendered, but \`${verb}\` does not build it yet.\n  → ${instead}\n`;
}
