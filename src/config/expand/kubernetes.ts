/** The cluster: what each distribution does when the file says nothing, so that the expanded file hides nothing. */
import type { z } from "zod";
import type { Datastore, Endpoint, ExtraArgs, Kubernetes, Machine } from "../homelab.ts";
import type { HomelabInput } from "../schema/homelab.ts";
import { COMPONENTS, type kubernetes as kubernetesSchema } from "../schema/kubernetes.ts";
import { expandNetwork } from "./cluster-network.ts";
import { duration, optionalQuantity, quantity, type Expansion } from "./expansion.ts";
import { expandArguments } from "./machine.ts";
import { cronOf } from "./schedule.ts";

export type KubernetesInput = z.input<typeof kubernetesSchema>;

/** What Kubernest is tested with. */
export const DEFAULT_VERSIONS = { k3s: "v1.36.1+k3s1", kubeadm: "v1.36.3" } as const;

/** The kubelet's own (KubeletConfiguration v1beta1). */
export const CONTAINER_LOG_MAX = { size: "10Mi", files: 5 } as const;

/** Sources: docs.k3s.io (server flags, datastore), kubeadm v1beta4 defaults, kube-apiserver and etcd flags. */
const OF_DISTRIBUTION = {
  k3s: { dataDir: "/var/lib/rancher/k3s", etcdDir: "/var/lib/rancher/k3s/server/db", kubeconfig: "/etc/rancher/k3s/k3s.yaml", anonymousAuth: false, algorithm: "ECDSA-P256" },
  kubeadm: { dataDir: "/var/lib/kubelet", etcdDir: "/var/lib/etcd", kubeconfig: "/etc/kubernetes/admin.conf", anonymousAuth: true, algorithm: "RSA-2048" },
} as const;

/** Machines that become load balancers because the endpoint names them. */
export function endpointLoadBalancers(input: HomelabInput): ReadonlySet<string> {
  const endpoint = input.kubernetes?.endpoint;
  return new Set(typeof endpoint === "object" && endpoint.by === "haproxy" ? (endpoint.on ?? []) : []);
}

export function expandKubernetes(
  written: KubernetesInput | undefined,
  machines: Readonly<Record<string, Machine>>,
  implied: { readonly hasBackups: boolean; readonly disable: readonly { readonly part: string; readonly why: string }[] },
  e: Expansion,
): Kubernetes {
  const input = written ?? {};
  const path = ["kubernetes"];
  const distribution = e.or<"k3s" | "kubeadm">([...path, "distribution"], input.distribution, "k3s", "one small binary, at home on small machines");
  const known = OF_DISTRIBUTION[distribution];
  const dataDir = e.or([...path, "dataDir"], input.dataDir, known.dataDir, `where ${distribution} keeps its data`);
  const disable = expandDisable(input.disable ?? [], implied.disable, e);
  return {
    distribution,
    version: e.or([...path, "version"], input.version, DEFAULT_VERSIONS[distribution], "the version that Kubernest is tested with"),
    endpoint: expandEndpoint(input.endpoint, Object.values(machines), e),
    datastore: expandDatastore(input, distribution, Object.values(machines), dataDir, implied.hasBackups, e),
    network: expandNetwork(input.network, distribution, disable, e),
    containerRuntime: e.or<"containerd" | "cri-o">([...path, "containerRuntime"], input.containerRuntime, "containerd", distribution === "k3s" ? "what k3s brings" : "what most clusters run"),
    extraArgs: Object.fromEntries(COMPONENTS.map((component) => [component, expandArguments(input.extraArgs?.[component], [...path, "extraArgs", component], e)])) as unknown as ExtraArgs,
    disable,
    kubelet: {
      maxPods: e.or([...path, "kubelet", "maxPods"], input.kubelet?.maxPods, 110, "the kubelet's own default"),
      containerLogMaxSize: quantity(e.or([...path, "kubelet", "containerLogMaxSize"], input.kubelet?.containerLogMaxSize, CONTAINER_LOG_MAX.size, "the kubelet's own default")),
      containerLogMaxFiles: e.or([...path, "kubelet", "containerLogMaxFiles"], input.kubelet?.containerLogMaxFiles, CONTAINER_LOG_MAX.files, "the kubelet's own default"),
      imagePulls: e.or<"serial" | "parallel">([...path, "kubelet", "imagePulls"], input.kubelet?.imagePulls, "serial", "the kubelet's own default, not k3s'; kind to slow disks"),
      memoryMin: quantity(e.or([...path, "kubelet", "memoryMin"], input.kubelet?.memoryMin, "512Mi", "the least that k3s asks of an agent")),
    },
    tlsSans: input.tlsSans ?? [],
    dataDir,
    secretsEncryption: e.or([...path, "secretsEncryption"], input.secretsEncryption, false, `${distribution}'s own default`),
    anonymousAuth: e.or<boolean>([...path, "anonymousAuth"], input.anonymousAuth, known.anonymousAuth, `${distribution}'s own default`),
    certificates: {
      validity: duration(e.or([...path, "certificates", "validity"], input.certificates?.validity, "365d", `${distribution}'s own default`)),
      caValidity: duration(e.or([...path, "certificates", "caValidity"], input.certificates?.caValidity, "3650d", `${distribution}'s own default`)),
      algorithm: e.or<string>([...path, "certificates", "algorithm"], input.certificates?.algorithm, known.algorithm, `${distribution}'s own default`),
    },
    kubeconfig: {
      path: e.or<string>([...path, "kubeconfig", "path"], input.kubeconfig?.path, known.kubeconfig, `where ${distribution} writes it`),
      mode: e.or([...path, "kubeconfig", "mode"], input.kubeconfig?.mode, "600", "it opens the whole cluster: for root alone"),
    },
    eventTtl: duration(e.or([...path, "eventTtl"], input.eventTtl, "1h", "the API server's own default")),
    logLevel: e.or([...path, "logLevel"], input.logLevel, 0, "the components' own default"),
  };
}

function expandDisable(written: readonly string[], implied: readonly { readonly part: string; readonly why: string }[], e: Expansion): readonly string[] {
  const all = [...new Set(written)];
  for (const { part, why } of implied) {
    if (all.includes(part)) continue;
    e.note(["kubernetes", "disable", all.length], part, why);
    all.push(part);
  }
  return all;
}

function expandEndpoint(written: KubernetesInput["endpoint"], machines: readonly Machine[], e: Expansion): Endpoint {
  const path = ["kubernetes", "endpoint"];
  const input = typeof written === "string" ? { address: written } : (written ?? {});
  const controlPlanes = machines.filter((machine) => machine.roles.includes("control-plane"));
  const by = e.or<Endpoint["by"]>([...path, "by"], input.by, "machine", controlPlanes.length > 1 ? "nothing is said to stand before the control planes" : "there is one control plane");
  const named = (some: readonly Machine[]) => some.map((machine) => machine.name);
  const standard: Readonly<Record<Endpoint["by"], readonly [readonly string[], string]>> = {
    machine: [named(controlPlanes.slice(0, 1)), "the first control plane"],
    haproxy: [named(machines.filter((machine) => machine.roles.includes("load-balancer"))), "the machines with the role load-balancer"],
    "kube-vip": [named(controlPlanes), "kube-vip runs on the control planes"],
    local: [named(machines.filter((machine) => machine.roles.includes("worker") || machine.roles.includes("control-plane"))), "a proxy runs on every node"],
    external: [[], "it is outside"],
  };
  const [standardOn, why] = standard[by];
  const on = input.on ?? standardOn;
  if (input.on === undefined && on.length > 0) e.note([...path, "on"], on, why);
  const carrier = by === "local" ? controlPlanes[0] : on.length === 1 ? machines.find((machine) => machine.name === on[0]) : undefined;
  return {
    address: e.or([...path, "address"], input.address, by === "external" ? undefined : carrier?.address, `the address of ${carrier?.name ?? "nobody"}`),
    port: e.or([...path, "port"], input.port, 6443, "Kubernetes' own port"),
    by,
    on,
    name: input.name,
    interface: input.interface,
  };
}

function expandDatastore(
  kubernetes: KubernetesInput,
  distribution: "k3s" | "kubeadm",
  machines: readonly Machine[],
  dataDir: string,
  hasBackups: boolean,
  e: Expansion,
): Datastore {
  const path = ["kubernetes", "datastore"];
  const input = typeof kubernetes.datastore === "string" ? { kind: kubernetes.datastore } : (kubernetes.datastore ?? {});
  const controlPlaneCount = machines.filter((machine) => machine.roles.includes("control-plane")).length;
  const [standard, why]: [Datastore["kind"], string] =
    input.url !== undefined
      ? ["external", "url is given"]
      : distribution === "kubeadm"
        ? ["etcd", "what kubeadm runs"]
        : controlPlaneCount > 1
          ? ["etcd", `${controlPlaneCount} control planes share it`]
          : ["sqlite", "what k3s uses with one control plane"];
  const known = OF_DISTRIBUTION[distribution];
  const etcdDir = distribution === "k3s" ? `${dataDir}/server/db` : known.etcdDir;
  return {
    kind: e.or([...path, "kind"], input.kind, standard, why),
    url: input.url,
    quota: quantity(e.or([...path, "quota"], input.quota, "2Gi", "etcd's own default")),
    memoryLimit: optionalQuantity(input.memoryLimit),
    compactionRetention: input.compactionRetention === undefined ? undefined : duration(input.compactionRetention),
    dataDir: e.or([...path, "dataDir"], input.dataDir, etcdDir, `where ${distribution} keeps it`),
    exposeMetrics: e.or([...path, "exposeMetrics"], input.exposeMetrics, false, "they answer on loopback only"),
    snapshots: {
      schedule: cronOf(e.or([...path, "snapshots", "schedule"], input.snapshots?.schedule, "0 */12 * * *", "as k3s does on its own")),
      keep: e.or([...path, "snapshots", "keep"], input.snapshots?.keep, 5, "as k3s does on its own"),
      toBackups: e.or([...path, "snapshots", "toBackups"], input.snapshots?.toBackups, hasBackups, hasBackups ? "platform.backups has a place for them" : "there is no platform.backups"),
    },
  };
}
