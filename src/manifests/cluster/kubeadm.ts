/** kubeadm's configuration (v1beta4): what the first control plane starts with, and what the others join with. */
import type { Argument, Homelab, Machine } from "../../config/homelab.ts";
import { clusterDns } from "../cluster-addresses.ts";
import { kubeletLabels, nodeTaints } from "../node-labels.ts";
import { yamlDocument } from "../yaml-text.ts";
import { apiServerSans, bracketed, controlPlaneMachines, firstControlPlane, LOCAL_ENDPOINT, machineAddress, upstreamResolvers } from "./cluster-machines.ts";
import { containerLogs } from "./container-logs.ts";
import { apiServerArguments, controllerManagerArguments, logLevel } from "./k3s.ts";
import { PLACEHOLDERS, secretPlaceholder } from "./placeholder.ts";

export const KUBEADM_API = "kubeadm.k8s.io/v1beta4";
export const KUBEADM_PATCHES = "/etc/kubernetes/kubeadm-patches";
export const KUBELET_RESOLV_CONF = "/etc/kubernetes/kubelet-resolv.conf";
export const ENCRYPTION_FILE = "/etc/kubernetes/encryption/config.yaml";

/** Where each container runtime listens. */
const SOCKETS: Record<Homelab["kubernetes"]["containerRuntime"], string> = { containerd: "unix:///run/containerd/containerd.sock", "cri-o": "unix:///run/crio/crio.sock" };

/** What a join needs and nobody knows before. */
export interface JoinValues {
  bootstrapToken: string;
  caCertHash: string;
  certificateKey: string;
}

const UNKNOWN: JoinValues = { bootstrapToken: PLACEHOLDERS.bootstrapToken, caCertHash: PLACEHOLDERS.caCertHash, certificateKey: PLACEHOLDERS.certificateKey };

/** Since v1beta4 arguments are a list of name and value. */
function list(args: readonly Argument[]): { name: string; value: string }[] | undefined {
  return args.length === 0 ? undefined : args.map(({ name, value }) => ({ name, value }));
}

/** Go's durations have no days. */
function hours(ms: number): string {
  return `${Math.max(1, Math.round(ms / 3_600_000))}h0m0s`;
}

/** What nodes connect to, with its port; undefined for a cluster of one control plane that names no endpoint. */
export function controlPlaneEndpoint(homelab: Homelab): string | undefined {
  const { endpoint } = homelab.kubernetes;
  if (endpoint.by === "local") return `${LOCAL_ENDPOINT.address}:${LOCAL_ENDPOINT.port}`;
  const first = firstControlPlane(homelab);
  const address = endpoint.name ?? endpoint.address ?? (first === undefined ? undefined : machineAddress(first));
  return address === undefined ? undefined : `${bracketed(address)}:${endpoint.port}`;
}

function nodeRegistration(homelab: Homelab, machine: Machine): Record<string, unknown> {
  const labels = Object.entries(kubeletLabels(homelab, machine)).map(([key, value]) => `${key}=${value}`).join(",");
  const args: Argument[] = [];
  if (machine.network.nodeIps.length > 0) args.push({ name: "node-ip", value: machine.network.nodeIps.join(",") });
  if (labels !== "") args.push({ name: "node-labels", value: labels });
  return {
    name: machine.hostname,
    criSocket: SOCKETS[homelab.kubernetes.containerRuntime],
    // An explicit list replaces kubeadm's default: empty means that a control plane takes apps too.
    taints: nodeTaints(machine).map((taint) => ({ key: taint.key, ...(taint.value === "" ? {} : { value: taint.value }), effect: taint.effect })),
    kubeletExtraArgs: list([...args, ...homelab.kubernetes.extraArgs.kubelet, ...machine.kubeletArgs]),
    imagePullPolicy: "IfNotPresent",
    imagePullSerial: homelab.kubernetes.kubelet.imagePulls === "serial",
  };
}

function localApiEndpoint(machine: Machine): Record<string, unknown> | undefined {
  const address = machineAddress(machine);
  return address === undefined ? undefined : { advertiseAddress: address, bindPort: 6443 };
}

export function initConfiguration(homelab: Homelab, machine: Machine, values: JoinValues = UNKNOWN): Record<string, unknown> {
  return plain({
    apiVersion: KUBEADM_API,
    kind: "InitConfiguration",
    bootstrapTokens: [{ token: values.bootstrapToken, ttl: "24h0m0s", usages: ["signing", "authentication"], groups: ["system:bootstrappers:kubeadm:default-node-token"] }],
    certificateKey: controlPlaneMachines(homelab).length > 1 ? values.certificateKey : undefined,
    localAPIEndpoint: localApiEndpoint(machine),
    nodeRegistration: nodeRegistration(homelab, machine),
    patches: { directory: KUBEADM_PATCHES },
    skipPhases: homelab.kubernetes.network.proxy === "none" ? ["addon/kube-proxy"] : undefined,
  });
}

export function clusterConfiguration(homelab: Homelab): Record<string, unknown> {
  const { kubernetes } = homelab;
  const { network, datastore, certificates, extraArgs } = kubernetes;
  const apiServer = apiServerArguments(homelab);
  if (!kubernetes.anonymousAuth) apiServer.unshift({ name: "anonymous-auth", value: "false" });
  if (kubernetes.secretsEncryption) apiServer.push({ name: "encryption-provider-config", value: ENCRYPTION_FILE });
  const etcd: Argument[] = [{ name: "quota-backend-bytes", value: String(datastore.quota.value) }];
  if (datastore.compactionRetention !== undefined) etcd.push({ name: "auto-compaction-retention", value: `${Math.max(1, Math.round(datastore.compactionRetention.ms / 3_600_000))}h` });
  if (datastore.exposeMetrics) etcd.push({ name: "listen-metrics-urls", value: "http://0.0.0.0:2381" });
  return plain({
    apiVersion: KUBEADM_API,
    kind: "ClusterConfiguration",
    clusterName: homelab.name,
    kubernetesVersion: kubernetes.version,
    controlPlaneEndpoint: controlPlaneEndpoint(homelab),
    networking: { podSubnet: network.pods.join(","), serviceSubnet: network.services.join(","), dnsDomain: network.dns.domain },
    apiServer: {
      certSANs: apiServerSans(homelab),
      extraArgs: list(apiServer),
      extraVolumes: kubernetes.secretsEncryption ? [{ name: "encryption", hostPath: ENCRYPTION_FILE, mountPath: ENCRYPTION_FILE, readOnly: true, pathType: "File" }] : undefined,
    },
    controllerManager: { extraArgs: list(controllerManagerArguments(homelab)) },
    scheduler: { extraArgs: list([...logLevel(homelab), ...extraArgs.scheduler]) },
    etcd: datastore.kind === "external"
      ? { external: { endpoints: [datastore.url === undefined ? PLACEHOLDERS.endpoint : secretPlaceholder(datastore.url.secret)], caFile: "/etc/kubernetes/pki/etcd/ca.crt", certFile: "/etc/kubernetes/pki/apiserver-etcd-client.crt", keyFile: "/etc/kubernetes/pki/apiserver-etcd-client.key" } }
      : { local: { dataDir: datastore.dataDir, extraArgs: list([...etcd, ...extraArgs.etcd]) } },
    encryptionAlgorithm: certificates.algorithm,
    certificateValidityPeriod: hours(certificates.validity.ms),
    caCertificateValidityPeriod: hours(certificates.caValidity.ms),
    proxy: network.proxy === "none" ? { disabled: true } : undefined,
  });
}

export function kubeletConfiguration(homelab: Homelab): Record<string, unknown> {
  const { kubelet, network, logLevel: verbosity } = homelab.kubernetes;
  return plain({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    cgroupDriver: "systemd",
    clusterDomain: network.dns.domain,
    clusterDNS: network.dns.nodeLocal.enabled ? [network.dns.nodeLocal.address] : clusterDns(homelab),
    maxPods: kubelet.maxPods,
    serializeImagePulls: kubelet.imagePulls === "serial",
    resolvConf: upstreamResolvers(homelab).length > 0 ? KUBELET_RESOLV_CONF : undefined,
    // A kubelet without a rotated serving certificate would keep the one it signed itself for ever.
    rotateCertificates: true,
    logging: verbosity > 0 && verbosity !== 2 ? { verbosity } : undefined,
  });
}

export function kubeProxyConfiguration(homelab: Homelab): Record<string, unknown> | undefined {
  const { network, extraArgs } = homelab.kubernetes;
  if (network.proxy === "none") return undefined;
  const own = Object.fromEntries(extraArgs.kubeProxy.map(({ name, value }) => [camelCase(name), value]));
  return plain({ apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration", mode: network.proxy, clusterCIDR: network.pods.join(","), ...own });
}

/** kube-proxy reads a file, not flags: `metrics-bind-address` is `metricsBindAddress` there. */
function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function joinConfiguration(homelab: Homelab, machine: Machine, values: JoinValues = UNKNOWN): Record<string, unknown> {
  const isControlPlane = machine.roles.includes("control-plane");
  return plain({
    apiVersion: KUBEADM_API,
    kind: "JoinConfiguration",
    discovery: { bootstrapToken: { apiServerEndpoint: controlPlaneEndpoint(homelab) ?? PLACEHOLDERS.endpoint, token: values.bootstrapToken, caCertHashes: [values.caCertHash] } },
    controlPlane: isControlPlane ? { localAPIEndpoint: localApiEndpoint(machine), certificateKey: values.certificateKey } : undefined,
    nodeRegistration: nodeRegistration(homelab, machine),
    patches: { directory: KUBEADM_PATCHES },
  });
}

/** What only this machine's kubelet is told, as a kubeadm patch; undefined where there is nothing. */
export function kubeletPatch(homelab: Homelab, machine: Machine): Record<string, unknown> | undefined {
  const amounts = ({ cpu, memory }: Machine["reserved"]["system"]) => (cpu === undefined && memory === undefined ? undefined : { ...(cpu === undefined ? {} : { cpu: cpu.text }), ...(memory === undefined ? {} : { memory: memory.text }) });
  const system = amounts(machine.reserved.system);
  const kube = amounts(machine.reserved.kubernetes);
  const { size, files } = containerLogs(homelab);
  if (system === undefined && kube === undefined && size === undefined && files === undefined) return undefined;
  return plain({ apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", systemReserved: system, kubeReserved: kube, containerLogMaxSize: size, containerLogMaxFiles: files });
}

/** What that patch may say, and nothing else of ours does. */
export const KUBELET_PATCH_FIELDS = ["systemReserved", "kubeReserved", "containerLogMaxSize", "containerLogMaxFiles"] as const;

/** What etcd's static pod gets beside kubeadm's own, as a kubeadm patch; undefined where there is nothing. */
export function etcdPatch(homelab: Homelab): Record<string, unknown> | undefined {
  const { kind, memoryLimit } = homelab.kubernetes.datastore;
  if (kind !== "etcd" || memoryLimit === undefined) return undefined;
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "etcd", namespace: "kube-system" }, spec: { containers: [{ name: "etcd", resources: { limits: { memory: memoryLimit.text } } }] } };
}

/** Secrets are encrypted in the datastore; the identity provider behind it still reads what was there before. */
export function encryptionConfiguration(): Record<string, unknown> {
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: ["secrets"], providers: [{ secretbox: { keys: [{ name: "key1", secret: PLACEHOLDERS.encryptionKey }] } }, { identity: {} }] }],
  };
}

/** `init` begins a cluster: on the first control plane, once. When that machine is replaced it joins as all others do. */
export type KubeadmVerb = "init" | "join";

/** The whole file for a machine: for `kubeadm init --config`, or `kubeadm join --config`; by default as when the cluster is made. */
export function kubeadmText(homelab: Homelab, machine: Machine, verb: KubeadmVerb = firstControlPlane(homelab) === machine ? "init" : "join", values: JoinValues = UNKNOWN): string {
  const documents = verb === "init"
    ? [initConfiguration(homelab, machine, values), clusterConfiguration(homelab), kubeletConfiguration(homelab), kubeProxyConfiguration(homelab)].filter((document) => document !== undefined)
    : [joinConfiguration(homelab, machine, values)];
  return documents.map(yamlDocument).join("---\n");
}

/** Without undefined fields, and without objects that are empty because of it. */
function plain(value: Record<string, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    if (typeof field === "object" && field !== null && !Array.isArray(field)) {
      const inner = plain(field as Record<string, unknown>);
      if (Object.keys(inner).length > 0) copy[key] = inner;
    } else copy[key] = field;
  }
  return copy;
}
