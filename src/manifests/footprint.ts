/**
 * What a component runs, as data: the pods that a rehearsal starts in its place, with their real images and requests. Objects are made from it;
 * nothing here is applied to a real cluster, where the distribution or the chart makes them.
 */
import type { Path } from "../config/finding.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { FIELD_MANAGER } from "./names.ts";
import { rendered, type RenderedObject } from "./rendered.ts";

export interface FootprintContainer {
  name: string;
  image: string;
  /** Requests as the component's own manifest sets them; absent where it sets none. */
  cpu?: string;
  memory?: string;
  cpuLimit?: string;
  memoryLimit?: string;
  ports?: { name: string; port: number; protocol?: "TCP" | "UDP"; hostPort?: number }[];
  /** Readiness over HTTP: path and port; `tcp` a bare connection. */
  ready?: { path: string; port: number; scheme?: "HTTPS" } | { tcp: number };
  args?: string[];
}

export interface FootprintWorkload {
  kind: "Deployment" | "DaemonSet" | "StatefulSet";
  namespace: string;
  name: string;
  /** 1 where absent; a DaemonSet has none. */
  replicas?: number;
  /** What selects its pods: the labels that the component's own manifest uses, so that a user's `kubectl -l` works. */
  labels: Record<string, string>;
  containers: FootprintContainer[];
  initContainers?: FootprintContainer[];
  serviceAccount?: string;
  hostNetwork?: boolean;
  priorityClass?: "system-cluster-critical" | "system-node-critical";
  /** `none`; `control-plane`: also on tainted control planes; `all`: everywhere, whatever the taints. */
  tolerates?: "none" | "control-plane" | "all";
  nodeSelector?: Record<string, string>;
  /** Never two pods with these labels on one node. */
  apart?: Record<string, string>;
  /** Pods with these labels on as many nodes as there are (a required spread). */
  spread?: Record<string, string>;
  /** A claim of each pod. */
  claim?: { name: string; size: string; storageClass?: string };
  maxUnavailable?: number | string;
}

/** A pod that a kubelet runs from a file: one on each named node, seen in the API as its mirror. */
export interface FootprintStaticPod {
  namespace: string;
  name: string;
  labels: Record<string, string>;
  containers: FootprintContainer[];
  /** Node names. */
  on: string[];
}

export interface FootprintService {
  namespace: string;
  name: string;
  type?: "ClusterIP" | "LoadBalancer" | "NodePort";
  selector: Record<string, string>;
  labels?: Record<string, string>;
  /** `targetPort` is the port's number where absent. */
  ports: { name: string; port: number; targetPort?: number | string; protocol?: "TCP" | "UDP"; nodePort?: number }[];
  clusterIP?: string;
  annotations?: Record<string, string>;
}

export interface Footprint {
  workloads: FootprintWorkload[];
  staticPods?: FootprintStaticPod[];
  services?: FootprintService[];
  /** Other objects that the component brings and that others rely on: storage classes, ingress classes. */
  objects?: KubeObject[];
}

/** Marks what stands in for a component in a rehearsal. */
export const FOOTPRINT_ANNOTATION = "kubernest.dev/footprint-of";

const CONTROL_PLANE_TOLERATIONS = [
  { key: "CriticalAddonsOnly", operator: "Exists" },
  { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
];

function container(from: FootprintContainer): Record<string, unknown> {
  const requests = { cpu: from.cpu, memory: from.memory };
  const limits = { cpu: from.cpuLimit, memory: from.memoryLimit };
  const isSet = (amounts: { cpu?: string; memory?: string }) => amounts.cpu !== undefined || amounts.memory !== undefined;
  return {
    name: from.name,
    image: from.image,
    args: from.args,
    ports: from.ports?.map((port) => ({ name: port.name, containerPort: port.port, protocol: port.protocol ?? "TCP", hostPort: port.hostPort })),
    readinessProbe: from.ready === undefined ? undefined : "tcp" in from.ready ? { tcpSocket: { port: from.ready.tcp } } : { httpGet: { path: from.ready.path, port: from.ready.port, scheme: from.ready.scheme } },
    resources: isSet(requests) || isSet(limits) ? { requests: isSet(requests) ? requests : undefined, limits: isSet(limits) ? limits : undefined } : undefined,
  };
}

function podSpec(workload: FootprintWorkload): Record<string, unknown> {
  return {
    serviceAccountName: workload.serviceAccount,
    hostNetwork: workload.hostNetwork,
    priorityClassName: workload.priorityClass,
    nodeSelector: workload.nodeSelector,
    affinity: workload.apart === undefined ? undefined : { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: workload.apart }, topologyKey: "kubernetes.io/hostname" }] } },
    topologySpreadConstraints: workload.spread === undefined ? undefined : [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: workload.spread } }],
    tolerations: workload.tolerates === "all" ? [{ operator: "Exists" }] : workload.tolerates === "control-plane" ? CONTROL_PLANE_TOLERATIONS : undefined,
    initContainers: workload.initContainers?.map(container),
    containers: workload.containers.map(container),
  };
}

function workloadObject(workload: FootprintWorkload, annotations: Record<string, string>): KubeObject {
  const labels = { ...workload.labels, "app.kubernetes.io/managed-by": FIELD_MANAGER };
  const strategy = workload.maxUnavailable === undefined ? undefined : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: workload.maxUnavailable } };
  return {
    apiVersion: "apps/v1",
    kind: workload.kind,
    metadata: { name: workload.name, namespace: workload.namespace, labels, annotations },
    spec: {
      replicas: workload.kind === "DaemonSet" ? undefined : workload.replicas ?? 1,
      serviceName: workload.kind === "StatefulSet" ? workload.name : undefined,
      selector: { matchLabels: workload.labels },
      strategy: workload.kind === "Deployment" ? strategy : undefined,
      updateStrategy: workload.kind === "Deployment" ? undefined : strategy,
      template: { metadata: { labels: workload.labels }, spec: podSpec(workload) },
      volumeClaimTemplates: workload.kind === "StatefulSet" && workload.claim !== undefined
        ? [{
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: workload.claim.name },
          spec: { accessModes: ["ReadWriteOnce"], storageClassName: workload.claim.storageClass, resources: { requests: { storage: workload.claim.size } } },
        }]
        : undefined,
    },
  };
}

/** The objects a footprint stands for, each annotated with its component; namespaces other than kube-system are among them. */
export function footprintObjects(component: string, at: Path, footprint: Footprint): RenderedObject[] {
  const annotations = { [FOOTPRINT_ANNOTATION]: component };
  const objects: KubeObject[] = [];
  const namespaces = new Set<string>();
  const accounts = new Map<string, KubeObject>();
  for (const workload of footprint.workloads) {
    namespaces.add(workload.namespace);
    if (workload.serviceAccount !== undefined) {
      accounts.set(`${workload.namespace}/${workload.serviceAccount}`, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: workload.serviceAccount, namespace: workload.namespace, annotations } });
    }
    objects.push(workloadObject(workload, annotations));
  }
  for (const pod of footprint.staticPods ?? []) {
    for (const node of pod.on) {
      objects.push({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `${pod.name}-${node}`, namespace: pod.namespace, labels: pod.labels, annotations: { ...annotations, "kubernetes.io/config.source": "file" } },
        spec: { nodeName: node, hostNetwork: true, priorityClassName: "system-node-critical", priority: 2000001000, tolerations: [{ operator: "Exists", effect: "NoExecute" }], containers: pod.containers.map(container) },
      });
    }
  }
  for (const service of footprint.services ?? []) {
    namespaces.add(service.namespace);
    objects.push({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: service.name, namespace: service.namespace, labels: service.labels, annotations: { ...annotations, ...service.annotations } },
      spec: {
        type: service.type ?? "ClusterIP",
        clusterIP: service.clusterIP,
        selector: service.selector,
        ports: service.ports.map((port) => ({ name: port.name, port: port.port, targetPort: port.targetPort ?? port.port, protocol: port.protocol ?? "TCP", nodePort: port.nodePort })),
      },
    });
  }
  namespaces.delete("kube-system");
  const made = [...namespaces].map((name): KubeObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, annotations } }));
  return [...made, ...accounts.values(), ...objects, ...(footprint.objects ?? [])].map((object) => rendered(at, object));
}
