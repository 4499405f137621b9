/** Files that kubeadm and what it starts read on a node, beside its own configuration. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { controlPlaneMachines, firstControlPlane, resolvConf, upstreamResolvers } from "../manifests/cluster/cluster-machines.ts";
import { ENCRYPTION_FILE, encryptionConfiguration, etcdPatch, KUBEADM_PATCHES, kubeletPatch, KUBELET_RESOLV_CONF } from "../manifests/cluster/kubeadm.ts";
import { kubeVipStaticPod } from "../manifests/cluster/kube-vip.ts";
import { yamlDocument } from "../manifests/yaml-text.ts";
import type { WantedFile } from "./wanted-file.ts";

export const KUBE_VIP_MANIFEST = "/etc/kubernetes/manifests/kube-vip.yaml";

export const KUBELET_PATCH = `${KUBEADM_PATCHES}/kubeletconfiguration0+strategic.yaml`;

const header = "# kubernest\n";

export function kubeletPatchFile(homelab: Homelab, machine: Machine): WantedFile | undefined {
  const patch = kubeletPatch(homelab, machine);
  return patch === undefined ? undefined : { path: KUBELET_PATCH, content: { text: header + yamlDocument(patch) }, mode: "0644" };
}

/** In the order in which they must be there. `isForming`: kube-vip on the first control plane starts with another administrator while the cluster is made. */
export function kubeadmNodeFiles(homelab: Homelab, machine: Machine, isForming: boolean): WantedFile[] {
  const files: WantedFile[] = [];
  const isControlPlane = machine.roles.includes("control-plane");
  if (upstreamResolvers(homelab).length > 0) files.push({ path: KUBELET_RESOLV_CONF, content: { text: header + resolvConf(homelab) }, mode: "0644" });
  const kubelet = kubeletPatchFile(homelab, machine);
  if (kubelet !== undefined) files.push(kubelet);
  const etcd = isControlPlane ? etcdPatch(homelab) : undefined;
  if (etcd !== undefined) files.push({ path: `${KUBEADM_PATCHES}/etcd0+strategic.yaml`, content: { text: header + yamlDocument(etcd) }, mode: "0644" });
  if (isControlPlane && homelab.kubernetes.secretsEncryption) files.push({ path: ENCRYPTION_FILE, content: { text: header + yamlDocument(encryptionConfiguration()), values: ["ENCRYPTION_KEY"] }, mode: "0600" });
  if (isControlPlane && homelab.kubernetes.endpoint.by === "kube-vip") files.push({ path: KUBE_VIP_MANIFEST, content: { text: header + kubeVipStaticPod(homelab, machine, isForming && firstControlPlane(homelab) === machine) }, mode: "0600" });
  return files;
}

/** How many control planes the file wants beside this one. */
export function hasOtherControlPlanes(homelab: Homelab, machine: Machine): boolean {
  return controlPlaneMachines(homelab).some((other) => other !== machine);
}
