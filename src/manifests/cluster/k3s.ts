/** k3s' config.yaml for each machine: server or agent, everything as flags' long names. Servers agree on what k3s wants identical. */
import type { Argument, Homelab, Machine } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { clusterDns } from "../cluster-addresses.ts";
import { kubeletLabels, nodeTaints, taintText } from "../node-labels.ts";
import { yamlDocument } from "../yaml-text.ts";
import { apiServerSans, bracketed, firstControlPlane, machineAddress, upstreamResolvers } from "./cluster-machines.ts";
import { containerLogs } from "./container-logs.ts";
import { PLACEHOLDERS, secretPlaceholder } from "./placeholder.ts";

/** Where the token of the cluster is on every machine, mode 0600: in no configuration and on no command line. */
export const K3S_TOKEN_FILE = "/etc/rancher/k3s/token";
export const K3S_RESOLV_CONF = "/etc/rancher/k3s/resolv.conf";
const K3S_LOCAL_STORAGE = "/var/lib/rancher/k3s/storage";
/** Variables that hold secrets, read by the service. */
export const K3S_ENVIRONMENT_FILE = "/etc/rancher/k3s/k3s.env";

const API_PORT = 6443;

function argument({ name, value }: Argument): string {
  return value === "" ? name : `${name}=${value}`;
}

function cpuMemory(amounts: Machine["reserved"]["system"]): string {
  return [amounts.cpu === undefined ? undefined : `cpu=${amounts.cpu.text}`, amounts.memory === undefined ? undefined : `memory=${amounts.memory.text}`].filter((part) => part !== undefined).join(",");
}

function kubeletArguments(homelab: Homelab, machine: Machine): string[] {
  const { kubelet, extraArgs } = homelab.kubernetes;
  const list: string[] = [];
  if (kubelet.maxPods !== 110) list.push(`max-pods=${kubelet.maxPods}`);
  // Always said: k3s sets its own kubelet to pull in parallel (`pkg/daemons/agent`), where a kubelet by itself would not.
  list.push(`serialize-image-pulls=${kubelet.imagePulls === "serial"}`);
  const { size, files } = containerLogs(homelab);
  if (size !== undefined) list.push(`container-log-max-size=${size}`);
  if (files !== undefined) list.push(`container-log-max-files=${files}`);
  const system = cpuMemory(machine.reserved.system);
  const kube = cpuMemory(machine.reserved.kubernetes);
  if (system !== "") list.push(`system-reserved=${system}`);
  if (kube !== "") list.push(`kube-reserved=${kube}`);
  return [...list, ...extraArgs.kubelet.map(argument), ...machine.kubeletArgs.map(argument)];
}

/** `--flannel-backend` as k3s names it. */
function flannelBackend(homelab: Homelab): string {
  const { cni, backend } = homelab.kubernetes.network;
  return cni === "flannel" && backend !== "none" ? backend : "none";
}

/** Where a joining machine reaches the cluster: the endpoint, or the first server. */
export function k3sServerUrl(homelab: Homelab): string {
  const { endpoint } = homelab.kubernetes;
  const first = firstControlPlane(homelab);
  const shared = endpoint.by === "haproxy" || endpoint.by === "kube-vip" || endpoint.by === "external" ? endpoint.name ?? endpoint.address : undefined;
  const address = shared ?? endpoint.address ?? (first === undefined ? undefined : machineAddress(first)) ?? PLACEHOLDERS.endpoint;
  return `https://${bracketed(address)}:${endpoint.port}`;
}

/** Whether etcd runs inside the servers. */
function hasEtcd(homelab: Homelab): boolean {
  return homelab.kubernetes.datastore.kind === "etcd";
}

/**
 * The configuration as data; keys in the order people read them. `via`: a server that runs, through which the first one joins a cluster that it has left or lost; without
 * it the first server begins one.
 */
export function k3sConfig(homelab: Homelab, machine: Machine, via?: Machine): Record<string, unknown> {
  const { kubernetes } = homelab;
  const { network, datastore } = kubernetes;
  const isServer = machine.roles.includes("control-plane");
  const isFirst = firstControlPlane(homelab) === machine;
  const config: Record<string, unknown> = {};
  const add = (key: string, value: unknown) => {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return;
    config[key] = value;
  };
  const labels = Object.entries(kubeletLabels(homelab, machine)).map(([key, value]) => `${key}=${value}`);
  add("node-name", machine.hostname);
  if (isServer && isFirst && via === undefined && hasEtcd(homelab)) add("cluster-init", true);
  // Servers find each other in a datastore that they share.
  if (!isServer || datastore.kind !== "external") {
    if (via !== undefined) add("server", `https://${bracketed(machineAddress(via) ?? PLACEHOLDERS.endpoint)}:${API_PORT}`);
    else if (!isFirst) add("server", k3sServerUrl(homelab));
  }
  add("token-file", K3S_TOKEN_FILE);
  add("data-dir", kubernetes.dataDir === "/var/lib/rancher/k3s" ? undefined : kubernetes.dataDir);
  add("node-ip", machine.network.nodeIps.length > 0 ? machine.network.nodeIps.join(",") : undefined);
  add("flannel-iface", network.cni === "flannel" ? machine.network.interface : undefined);
  add("node-label", labels);
  add("node-taint", nodeTaints(machine).map(taintText));
  if (upstreamResolvers(homelab).length > 0) add("resolv-conf", K3S_RESOLV_CONF);
  if (isServer) {
    add("tls-san", apiServerSans(homelab));
    add("https-listen-port", kubernetes.endpoint.port !== 6443 && kubernetes.endpoint.by === "machine" ? kubernetes.endpoint.port : undefined);
    add("write-kubeconfig", kubernetes.kubeconfig.path === "/etc/rancher/k3s/k3s.yaml" ? undefined : kubernetes.kubeconfig.path);
    add("write-kubeconfig-mode", kubernetes.kubeconfig.mode);
    add("cluster-cidr", network.pods.join(","));
    add("service-cidr", network.services.join(","));
    const dns = clusterDns(homelab);
    add("cluster-dns", network.services.length > 0 && dns.length === network.services.length ? dns.join(",") : undefined);
    add("cluster-domain", network.dns.domain === "cluster.local" ? undefined : network.dns.domain);
    add("flannel-backend", flannelBackend(homelab) === "vxlan" ? undefined : flannelBackend(homelab));
    add("flannel-ipv6-masq", network.cni === "flannel" && network.ipv6Masquerade ? true : undefined);
    // k3s' own policy controller goes with flannel; other networks bring theirs.
    add("disable-network-policy", network.cni === "flannel" && network.enforcesPolicies ? undefined : true);
    add("disable-kube-proxy", network.proxy === "none" ? true : undefined);
    const isOff = (part: string) => kubernetes.disable.includes(part);
    add("disable-helm-controller", isOff("helm-controller") ? true : undefined);
    add("disable-cloud-controller", isOff("cloud-controller") ? true : undefined);
    add("disable", kubernetes.disable.filter((part) => !["helm-controller", "cloud-controller", "network-policy", "kube-proxy"].includes(part)));
    add("secrets-encryption", kubernetes.secretsEncryption ? true : undefined);
    if (hasEtcd(homelab)) {
      add("etcd-expose-metrics", datastore.exposeMetrics ? true : undefined);
      add("etcd-snapshot-schedule-cron", datastore.snapshots.schedule);
      add("etcd-snapshot-retention", datastore.snapshots.keep);
      const s3 = homelab.platform.backups?.s3;
      if (datastore.snapshots.toBackups && s3 !== undefined) {
        add("etcd-s3", true);
        add("etcd-s3-endpoint", s3.endpoint.replace(/^https?:\/\//, "").replace(/\/+$/, ""));
        add("etcd-s3-insecure", s3.endpoint.startsWith("http://") ? true : undefined);
        add("etcd-s3-bucket", s3.bucket);
        add("etcd-s3-region", s3.region);
        add("etcd-s3-folder", [s3.path.replace(/^\/+|\/+$/g, ""), "etcd", homelab.name].filter((part) => part !== "").join("/"));
      }
      const etcd = [`quota-backend-bytes=${datastore.quota.value}`];
      if (datastore.compactionRetention !== undefined) etcd.push(`auto-compaction-retention=${Math.max(1, Math.round(datastore.compactionRetention.ms / 3_600_000))}h`);
      add("etcd-arg", [...etcd, ...kubernetes.extraArgs.etcd.map(argument)]);
    }
    const local = own(homelab.platform.storage.classes, "local-path")?.path;
    add("default-local-storage-path", local === K3S_LOCAL_STORAGE ? undefined : local);
    // k3s refuses anonymous requests unless it is told otherwise; upstream's default is the other way round.
    const anonymous = kubernetes.anonymousAuth ? [{ name: "anonymous-auth", value: "true" }] : [];
    add("kube-apiserver-arg", [...anonymous, ...apiServerArguments(homelab)].map(argument));
    add("kube-controller-manager-arg", controllerManagerArguments(homelab).map(argument));
    add("kube-scheduler-arg", kubernetes.extraArgs.scheduler.map(argument));
  }
  add("kube-proxy-arg", [...(network.proxy === "nftables" || network.proxy === "ipvs" ? [`proxy-mode=${network.proxy}`] : []), ...kubernetes.extraArgs.kubeProxy.map(argument)]);
  add("kubelet-arg", kubeletArguments(homelab, machine));
  for (const { name, value } of isServer ? [...kubernetes.extraArgs.server] : [...kubernetes.extraArgs.agent]) {
    config[name] = value === "" || value === "true" ? true : value === "false" ? false : value;
  }
  return config;
}

/** What the API server is told beside its defaults; shared with kubeadm. */
export function apiServerArguments(homelab: Homelab): Argument[] {
  const { eventTtl, extraArgs } = homelab.kubernetes;
  const list: Argument[] = [];
  if (eventTtl.ms !== 3_600_000) list.push({ name: "event-ttl", value: `${Math.round(eventTtl.ms / 60_000)}m` });
  return [...list, ...logLevel(homelab), ...extraArgs.apiServer];
}

export function controllerManagerArguments(homelab: Homelab): Argument[] {
  const { network, extraArgs } = homelab.kubernetes;
  const { ipv4, ipv6 } = network.nodePrefix;
  const list: Argument[] = [];
  const has = (family: 4 | 6) => network.pods.some((range) => range.includes(":") === (family === 6));
  const isDual = has(4) && has(6);
  if (has(4) && ipv4 !== 24) list.push({ name: isDual ? "node-cidr-mask-size-ipv4" : "node-cidr-mask-size", value: String(ipv4) });
  if (has(6) && ipv6 !== 64) list.push({ name: isDual ? "node-cidr-mask-size-ipv6" : "node-cidr-mask-size", value: String(ipv6) });
  return [...list, ...logLevel(homelab), ...extraArgs.controllerManager];
}

/** The components' log verbosity, where it is not their default. */
export function logLevel(homelab: Homelab): Argument[] {
  return homelab.kubernetes.logLevel > 0 && homelab.kubernetes.logLevel !== 2 ? [{ name: "v", value: String(homelab.kubernetes.logLevel) }] : [];
}

/** Variables of a server's service that hold secrets: credentials of the snapshots' storage and of an external datastore. Undefined where there are none. */
export function k3sEnvironmentText(homelab: Homelab): string | undefined {
  const { datastore } = homelab.kubernetes;
  const s3 = homelab.platform.backups?.s3;
  const lines: string[] = [];
  if (hasEtcd(homelab) && datastore.snapshots.toBackups && s3 !== undefined) {
    lines.push(`AWS_ACCESS_KEY_ID=${secretPlaceholder(s3.accessKey.secret)}`, `AWS_SECRET_ACCESS_KEY=${secretPlaceholder(s3.secretKey.secret)}`);
  }
  if (datastore.url !== undefined) lines.push(`K3S_DATASTORE_ENDPOINT=${secretPlaceholder(datastore.url.secret)}`);
  return lines.length === 0 ? undefined : `${lines.join("\n")}\n`;
}

export function k3sConfigText(homelab: Homelab, machine: Machine, via?: Machine): string {
  return yamlDocument(k3sConfig(homelab, machine, via));
}
