/** What k3s and kubeadm themselves run in `kube-system`. Never rendered for a real cluster: the distribution makes it. */
import type { Homelab } from "../../config/homelab.ts";
import { clusterDns } from "../cluster-addresses.ts";
import type { Footprint, FootprintContainer, FootprintService } from "../footprint.ts";
import { kubernetesMinor, parseKubernetesVersion } from "../../config/kubernetes-versions.ts";
import { controlPlanes, isBundled, type Component } from "./component.ts";

/** CoreDNS as kubeadm 1.36 deploys it (CoreDNSVersion in its constants), and as k3s 1.36 does (its release notes). */
const KUBEADM_COREDNS = "registry.k8s.io/coredns/coredns:v1.14.2";
const K3S_COREDNS = "rancher/mirrored-coredns-coredns:1.14.4";

const DNS_PORTS: FootprintContainer["ports"] = [{ name: "dns", port: 53, protocol: "UDP" }, { name: "dns-tcp", port: 53, protocol: "TCP" }, { name: "metrics", port: 9153 }];

function dnsService(homelab: Homelab): FootprintService {
  return {
    namespace: "kube-system", name: "kube-dns", selector: { "k8s-app": "kube-dns" }, labels: { "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
    clusterIP: clusterDns(homelab)[0],
    ports: [{ name: "dns", port: 53, protocol: "UDP" }, { name: "dns-tcp", port: 53, protocol: "TCP" }, { name: "metrics", port: 9153 }],
  };
}

function k3s(homelab: Homelab): Footprint {
  if (!isBundled(homelab, "coredns")) return { workloads: [] };
  return {
    workloads: [{
      // Its manifest spreads it (k3s#12433), and names no number of copies.
      kind: "Deployment", namespace: "kube-system", name: "coredns", labels: { "k8s-app": "kube-dns" }, spread: { "k8s-app": "kube-dns" }, serviceAccount: "coredns", priorityClass: "system-cluster-critical", tolerates: "control-plane", maxUnavailable: 1,
      nodeSelector: { "kubernetes.io/os": "linux" },
      containers: [{ name: "coredns", image: K3S_COREDNS, cpu: "100m", memory: "70Mi", memoryLimit: "170Mi", ports: DNS_PORTS, ready: { path: "/ready", port: 8181 } }],
    }],
    services: [dnsService(homelab)],
  };
}

function kubeadm(homelab: Homelab): Footprint {
  const { version, network } = homelab.kubernetes;
  const parsed = parseKubernetesVersion(version);
  const etcd = kubernetesMinor(parsed?.minor ?? 0)?.etcd ?? "3.6.8";
  const on = controlPlanes(homelab);
  const part = (name: string, image: string, requests: { cpu: string; memory?: string }, ready: FootprintContainer["ready"], port: number) => ({
    namespace: "kube-system", name, labels: { component: name, tier: "control-plane" }, on, containers: [{ name, image, ...requests, ready, ports: [{ name: "probe-port", port }] }],
  });
  return {
    staticPods: [
      ...(homelab.kubernetes.datastore.kind === "etcd" ? [part("etcd", `registry.k8s.io/etcd:${etcd}-0`, { cpu: "100m", memory: "100Mi" }, { path: "/readyz", port: 2381 }, 2381)] : []),
      part("kube-apiserver", `registry.k8s.io/kube-apiserver:${version}`, { cpu: "250m" }, { path: "/readyz", port: 6443, scheme: "HTTPS" }, 6443),
      part("kube-controller-manager", `registry.k8s.io/kube-controller-manager:${version}`, { cpu: "200m" }, undefined, 10257),
      part("kube-scheduler", `registry.k8s.io/kube-scheduler:${version}`, { cpu: "100m" }, { path: "/readyz", port: 10259, scheme: "HTTPS" }, 10259),
    ],
    workloads: [
      {
        kind: "Deployment", namespace: "kube-system", name: "coredns", replicas: 2, labels: { "k8s-app": "kube-dns" }, serviceAccount: "coredns", priorityClass: "system-cluster-critical", tolerates: "control-plane", maxUnavailable: 1,
        nodeSelector: { "kubernetes.io/os": "linux" },
        containers: [{ name: "coredns", image: KUBEADM_COREDNS, cpu: "100m", memory: "70Mi", memoryLimit: "170Mi", ports: DNS_PORTS, ready: { path: "/ready", port: 8181 } }],
      },
      ...(network.proxy === "none" ? [] : [{
        kind: "DaemonSet" as const, namespace: "kube-system", name: "kube-proxy", labels: { "k8s-app": "kube-proxy" }, serviceAccount: "kube-proxy", hostNetwork: true, priorityClass: "system-node-critical" as const, tolerates: "all" as const,
        nodeSelector: { "kubernetes.io/os": "linux" },
        containers: [{ name: "kube-proxy", image: `registry.k8s.io/kube-proxy:${version}`, ready: { path: "/healthz", port: 10256 } }],
      }]),
    ],
    services: [dnsService(homelab)],
  };
}

export const distribution: Component = {
  name: "distribution",
  summary: "what the distribution itself runs: DNS, and with kubeadm the control plane and the service proxy",
  at: ["kubernetes", "distribution"],
  isUsed: () => true,
  install: () => "bundled",
  footprint: (homelab) => (homelab.kubernetes.distribution === "k3s" ? k3s(homelab) : kubeadm(homelab)),
};

/** k3s' own kinds, which every k3s cluster has. */
export const k3sKinds: Component = {
  name: "k3s",
  summary: "k3s' own kinds: charts, add-ons, snapshots",
  at: ["kubernetes", "distribution"],
  isUsed: (homelab) => homelab.kubernetes.distribution === "k3s",
  install: () => "bundled",
  crds: ["k3s"],
};
