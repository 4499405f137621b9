/** Which release files a node is made of, and where upstream publishes them with their checksums. The versions are dated; the file's Kubernetes version chooses. */
import type { Homelab, Machine } from "../../config/homelab.ts";
import { parseKubernetesVersion } from "../../config/kubernetes-versions.ts";
import { KUBE_VIP_IMAGE } from "../versions.ts";

/** Seen together with Kubernetes 1.36 on real machines, 2026-11. */
export const NODE_VERSIONS = { containerd: "2.3.7", runc: "1.4.3", cniPlugins: "1.9.1" } as const;

/** The same shape as the port's artifact; this folder knows no ports. */
export interface ReleaseFile {
  readonly name: string;
  readonly url: string;
  readonly checksumUrl: string;
}

export function kubernetesBinary(homelab: Homelab, machine: Machine, name: "kubeadm" | "kubelet" | "kubectl"): ReleaseFile {
  const version = homelab.kubernetes.version;
  const url = `https://dl.k8s.io/release/${version}/bin/linux/${machine.architecture}/${name}`;
  return { name: `${name} ${version}`, url, checksumUrl: `${url}.sha256` };
}

export function containerdArchive(machine: Machine): ReleaseFile {
  const version = NODE_VERSIONS.containerd;
  const url = `https://github.com/containerd/containerd/releases/download/v${version}/containerd-${version}-linux-${machine.architecture}.tar.gz`;
  return { name: `containerd ${version}`, url, checksumUrl: `${url}.sha256sum` };
}

export function runcBinary(machine: Machine): ReleaseFile {
  const base = `https://github.com/opencontainers/runc/releases/download/v${NODE_VERSIONS.runc}`;
  return { name: `runc ${NODE_VERSIONS.runc}`, url: `${base}/runc.${machine.architecture === "arm" ? "armhf" : machine.architecture}`, checksumUrl: `${base}/runc.sha256sum` };
}

export function cniPluginsArchive(machine: Machine): ReleaseFile {
  const version = NODE_VERSIONS.cniPlugins;
  const url = `https://github.com/containernetworking/plugins/releases/download/v${version}/cni-plugins-linux-${machine.architecture}-v${version}.tgz`;
  return { name: `CNI plugins ${version}`, url, checksumUrl: `${url}.sha256` };
}

/** k3s publishes one file of checksums for each architecture, and calls 64 bits of Intel nothing. */
export function k3sBinary(homelab: Homelab, machine: Machine): ReleaseFile {
  const version = homelab.kubernetes.version;
  const base = `https://github.com/k3s-io/k3s/releases/download/${encodeURIComponent(version)}`;
  const cpu = machine.architecture;
  return { name: `k3s ${version}`, url: `${base}/k3s${cpu === "amd64" ? "" : cpu === "arm" ? "-armhf" : `-${cpu}`}`, checksumUrl: `${base}/sha256sum-${cpu}.txt` };
}

/** All images that k3s itself runs, as it releases them for machines without a network; it takes what lies in its `agent/images`. */
export function k3sImages(homelab: Homelab, machine: Machine): ReleaseFile {
  const { checksumUrl } = k3sBinary(homelab, machine);
  return { name: `k3s' images ${homelab.kubernetes.version}`, url: checksumUrl.replace(/[^/]*$/, `k3s-airgap-images-${machine.architecture}.tar.zst`), checksumUrl };
}

/**
 * An image as an archive. Registries have none: it is to be had from a mirror only, as `images/REGISTRY/REPOSITORY/TAG-ARCHITECTURE.tar`. Without one, nodes pull it themselves.
 */
export function imageArchive(reference: string, machine: Machine): ReleaseFile {
  const [repository, tag] = splitReference(reference);
  const url = `image://${repository}/${tag}-${machine.architecture}.tar`;
  return { name: `image ${reference}`, url, checksumUrl: `${url}.sha256` };
}

function splitReference(reference: string): [string, string] {
  const colon = reference.lastIndexOf(":");
  const hasTag = colon > reference.lastIndexOf("/");
  return hasTag ? [reference.slice(0, colon), reference.slice(colon + 1)] : [reference, "latest"];
}

/** What kubeadm runs beside Kubernetes' own images, by minor version (`kubeadm config images list`). */
const KUBEADM_IMAGES: readonly { readonly sinceMinor: number; readonly pause: string; readonly etcd: string; readonly coredns: string }[] = [
  { sinceMinor: 36, pause: "3.10.2", etcd: "3.6.8-0", coredns: "v1.14.2" },
  // Only 1.36's row was compared with kubeadm's own constants; another pause image does no harm, and an archive that is not there is pulled.
  { sinceMinor: 34, pause: "3.10.1", etcd: "3.6.8-0", coredns: "v1.12.1" },
  { sinceMinor: 0, pause: "3.10", etcd: "3.5.24-0", coredns: "v1.12.0" },
];

function kubeadmImages(homelab: Homelab): (typeof KUBEADM_IMAGES)[number] {
  const minor = parseKubernetesVersion(homelab.kubernetes.version)?.minor ?? 0;
  return KUBEADM_IMAGES.find(({ sinceMinor }) => minor >= sinceMinor)!;
}

export function pauseImage(homelab: Homelab): string {
  return `registry.k8s.io/pause:${kubeadmImages(homelab).pause}`;
}

/** CRI-O goes by Kubernetes' own minor versions, and its releases are bundles of all that it runs. Versions that were seen released, newest first; of another minor, its first. */
const CRIO_VERSIONS: readonly string[] = ["1.36.0", "1.34.8"];

export function crioVersion(homelab: Homelab): string {
  const minor = parseKubernetesVersion(homelab.kubernetes.version)?.minor ?? 0;
  return CRIO_VERSIONS.find((version) => version.startsWith(`1.${minor}.`)) ?? `1.${minor}.0`;
}

export function crioArchive(homelab: Homelab, machine: Machine): ReleaseFile {
  const version = crioVersion(homelab);
  const url = `https://storage.googleapis.com/cri-o/artifacts/cri-o.${machine.architecture}.v${version}.tar.gz`;
  return { name: `CRI-O ${version}`, url, checksumUrl: `${url}.sha256sum` };
}

/** What carries the API's address from a control plane. */
export function endpointImages({ kubernetes }: Homelab, { roles }: Machine): string[] {
  return kubernetes.endpoint.by === "kube-vip" && roles.includes("control-plane") ? [KUBE_VIP_IMAGE] : [];
}

/** Images that a machine's own static pods and daemons need, before any app. */
export function nodeImages(homelab: Homelab, machine: Machine): string[] {
  const { version } = homelab.kubernetes;
  const { etcd, coredns } = kubeadmImages(homelab);
  const shared = [pauseImage(homelab), `registry.k8s.io/coredns/coredns:${coredns}`, ...(homelab.kubernetes.network.proxy === "none" ? [] : [`registry.k8s.io/kube-proxy:${version}`])];
  if (!machine.roles.includes("control-plane")) return shared;
  return [...shared, ...["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => `registry.k8s.io/${name}:${version}`), `registry.k8s.io/etcd:${etcd}`, ...endpointImages(homelab, machine)];
}
