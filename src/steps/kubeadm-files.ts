/** Files that kubeadm and what it starts read on a node, beside its own configuration. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { controlPlaneMachines, firstControlPlane, resolvConf, upstreamResolvers } from "../manifests/cluster/cluster-machines.ts";
import { ENCRYPTION_FILE, encryptionConfiguration, etcdPatch, KUBEADM_PATCHES, kubeletPatch, KUBELET_RESOLV_CONF } from "../manifests/cluster/kubeadm.ts";
import { kubeVipStaticPod } from "../manifests/cluster/kube-vip.ts";
import { yamlDocument } from "../manifests/yaml-text.ts";
import type { WantedFile } from "./wanted-file.ts";

export const KUBE_VIP_MANIFEST = "/etc/kubernetes/manifests/kube-vip.yaml";

/** In the order in which they must be there. `isForming`: kube-vip on the first control plane starts with another administrator while the cluster is made. */
export function kubeadmNodeFiles(homelab: Homelab, machine: Machine, isForming: boolean): WantedFile[] {
  const files: WantedFile[] = [];
  const isControlPlane = machine.roles.includes("control-plane");
  const header = "# kubernest\n";
  if (upstreamResolvers(homelab).length > 0) files.push({ path: KUBELET_RESOLV_CONF, content: { text: header + resolvConf(homelab) }, mode: "0644" });
  const kubelet = kubeletPatch(machine);
  if (kubelet !== undefined) files.push({ path: `${KUBEADM_PATCHES}/kubeletconfiguration0+strategic.yaml`, content: { text: header + yamlDocument(kubelet) }, mode: "0644" });
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
