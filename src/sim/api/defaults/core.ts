/** Defaults of the core group beside pods (upstream `pkg/apis/core/v1/defaults.go` and its conversions). */
import { ifAbsent, items } from "./absent.ts";
import type { Loose } from "./loose.ts";
import { defaultNetworkSource } from "./volumes.ts";

const SESSION_SECONDS = 10_800;

export function defaultService(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent(spec, "sessionAffinity", "None");
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: SESSION_SECONDS } };
  }
  ifAbsent(spec, "type", "ClusterIP");
  for (const port of items(spec.ports)) {
    ifAbsent(port, "protocol", "TCP");
    if (!port.targetPort) port.targetPort = port.port;
  }
  const isExternal = spec.type === "LoadBalancer" || spec.type === "NodePort" || (spec.type === "ClusterIP" && spec.externalIPs?.length > 0);
  if (isExternal) ifAbsent(spec, "externalTrafficPolicy", "Cluster");
  if (spec.type === "NodePort" || spec.type === "LoadBalancer" || spec.type === "ClusterIP") ifAbsent(spec, "internalTrafficPolicy", "Cluster");
  if (spec.type !== "LoadBalancer") return;
  ifAbsent(spec, "allocateLoadBalancerNodePorts", true);
  for (const ingress of items(object.status?.loadBalancer?.ingress)) if (ingress.ip) ifAbsent(ingress, "ipMode", "VIP");
}

/** `stringData` is write-only: it wins over `data` and is never stored. */
export function defaultSecret(object: Loose): void {
  ifAbsent(object, "type", "Opaque");
  const plain: Record<string, unknown> | undefined = object.stringData;
  if (plain === undefined) return;
  delete object.stringData;
  const data: Loose = (object.data ??= {});
  for (const key in plain) data[key] = Buffer.from(String(plain[key] ?? ""), "utf8").toString("base64");
}

export function defaultPersistentVolume(object: Loose): void {
  const spec: Loose = (object.spec ??= {});
  ifAbsent((object.status ??= {}), "phase", "Pending");
  ifAbsent(spec, "persistentVolumeReclaimPolicy", "Retain");
  ifAbsent(spec, "volumeMode", "Filesystem");
  if (spec.hostPath && spec.hostPath.type === undefined) spec.hostPath.type = "";
  for (const type of ["iscsi", "rbd", "azureDisk", "scaleIO"]) if (spec[type]) defaultNetworkSource(type, spec[type]);
}

export function defaultEndpoints(object: Loose): void {
  for (const subset of items(object.subsets)) for (const port of items(subset.ports)) ifAbsent(port, "protocol", "TCP");
}

export function defaultNamespace(object: Loose): void {
  if (object.metadata.name) object.metadata.labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name };
  ifAbsent((object.status ??= {}), "phase", "Active");
}

export function defaultNode(object: Loose): void {
  const status: Loose = (object.status ??= {});
  if (status.allocatable === undefined && status.capacity) status.allocatable = { ...status.capacity };
}

export function defaultLimitRange(object: Loose): void {
  for (const item of items(object.spec?.limits)) {
    if (item.type !== "Container") continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
}
