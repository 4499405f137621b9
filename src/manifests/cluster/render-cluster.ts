/** The configuration that each machine gets, as files under `cluster/MACHINE/`, with placeholders where a secret or a value of the running cluster goes. */
import type { Homelab, Machine } from "../../config/homelab.ts";
import type { RenderedFile } from "../rendered.ts";
import { yamlDocument } from "../yaml-text.ts";
import { crioConfigText, crioRegistriesText } from "./crio.ts";
import { firstControlPlane, hasLocalProxy, resolvConf, upstreamResolvers } from "./cluster-machines.ts";
import { haproxyText } from "./haproxy.ts";
import { k3sConfigText, k3sEnvironmentText } from "./k3s.ts";
import { encryptionConfiguration, etcdPatch, kubeadmText, kubeletPatch } from "./kubeadm.ts";
import { keepalivedText } from "./keepalived.ts";
import { kubeVipK3sManifest, kubeVipStaticPod } from "./kube-vip.ts";
import { containerdHostsText, k3sRegistriesText } from "./registries.ts";

function k3sFiles(homelab: Homelab, machine: Machine): Record<string, string> {
  const files: Record<string, string> = { "k3s-config.yaml": k3sConfigText(homelab, machine) };
  const environment = machine.roles.includes("control-plane") ? k3sEnvironmentText(homelab) : undefined;
  if (environment !== undefined) files["k3s.env"] = environment;
  const registries = k3sRegistriesText(homelab);
  if (registries !== undefined) files["registries.yaml"] = registries;
  if (upstreamResolvers(homelab).length > 0) files["resolv.conf"] = resolvConf(homelab);
  if (homelab.kubernetes.endpoint.by === "kube-vip" && firstControlPlane(homelab) === machine) files["kube-vip.yaml"] = kubeVipK3sManifest(homelab);
  return files;
}

function kubeadmFiles(homelab: Homelab, machine: Machine): Record<string, string> {
  const files: Record<string, string> = { "kubeadm.yaml": kubeadmText(homelab, machine) };
  const patch = kubeletPatch(homelab, machine);
  if (patch !== undefined) files["kubeletconfiguration0+strategic.yaml"] = yamlDocument(patch);
  if (upstreamResolvers(homelab).length > 0) files["kubelet-resolv.conf"] = resolvConf(homelab);
  const isControlPlane = machine.roles.includes("control-plane");
  const etcd = isControlPlane ? etcdPatch(homelab) : undefined;
  if (etcd !== undefined) files["etcd0+strategic.yaml"] = yamlDocument(etcd);
  if (isControlPlane && homelab.kubernetes.secretsEncryption) files["encryption.yaml"] = yamlDocument(encryptionConfiguration());
  if (isControlPlane && homelab.kubernetes.endpoint.by === "kube-vip") files["kube-vip.yaml"] = kubeVipStaticPod(homelab, machine);
  if (homelab.kubernetes.containerRuntime === "cri-o") return { ...files, "crio.conf": crioConfigText(homelab), "registries.conf": crioRegistriesText(homelab) };
  for (const registry of Object.values(homelab.registries)) {
    const hosts = containerdHostsText(registry);
    if (hosts !== undefined) files[`certs.d/${registry.name}/hosts.toml`] = hosts;
  }
  return files;
}

export function renderCluster(homelab: Homelab): RenderedFile[] {
  const result: RenderedFile[] = [];
  const { endpoint, distribution } = homelab.kubernetes;
  for (const machine of Object.values(homelab.machines)) {
    const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
    const files = isNode ? (distribution === "k3s" ? k3sFiles(homelab, machine) : kubeadmFiles(homelab, machine)) : {};
    if (endpoint.by === "haproxy" && endpoint.on.includes(machine.name)) {
      files["haproxy.cfg"] = haproxyText(homelab);
      if (endpoint.on.length > 1) files["keepalived.conf"] = keepalivedText(homelab, machine);
    }
    // A proxy on each node answers on the loopback address, in front of all control planes.
    if (hasLocalProxy(homelab, machine)) files["haproxy.cfg"] = haproxyText(homelab, "loopback");
    for (const [name, text] of Object.entries(files)) result.push({ path: `cluster/${machine.name}/${name}`, objects: [], text: `# from machines.${machine.name}\n${text}` });
  }
  return result;
}
