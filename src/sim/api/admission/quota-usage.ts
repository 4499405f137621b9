/** What objects cost a resource quota, and which quotas they belong to (upstream `pkg/quota/v1/evaluator`). */
import { addQuantities } from "../../../lib/quantity.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../client.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { aggregate } from "../defaults/pod-spec.ts";
import { qualityOfService } from "../strategy/pod.ts";

export type Usage = Record<string, string>;

const CLASS_SUFFIX = ".storageclass.storage.k8s.io/";
/** Kinds that had a quota of their own before `count/…` was there for all. */
const NAMED_COUNTS: ReadonlySet<string> = new Set(["configmaps", "secrets", "replicationcontrollers", "resourcequotas"]);
const POD_COMPUTE: ReadonlySet<string> = new Set([
  "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods", "count/pods",
]);

const countName = (plural: string, group: string): string => `count/${plural}${group ? `.${group}` : ""}`;

/** Whether a quota's resource is counted on this type of object. */
export function isCountedOn(resource: string, plural: string, group: string): boolean {
  if (resource === countName(plural, group)) return true;
  if (group !== "") return false;
  switch (plural) {
    case "pods":
      return POD_COMPUTE.has(resource) || resource.startsWith("hugepages-") || resource.startsWith("requests.hugepages-") || (resource.startsWith("requests.") && resource.includes("/"));
    case "services":
      return resource === "services" || resource === "services.nodeports" || resource === "services.loadbalancers";
    case "persistentvolumeclaims":
      return resource === "persistentvolumeclaims" || resource === "requests.storage" || resource.includes(CLASS_SUFFIX);
    default:
      return NAMED_COUNTS.has(plural) && resource === plural;
  }
}

/** The type that a quota's resource is counted on: `plural` or `group/plural`. */
export function typeCounted(resource: string): string {
  if (resource.startsWith("count/")) {
    const [plural = "", ...group] = resource.slice("count/".length).split(".");
    return group.length > 0 ? `${group.join(".")}/${plural}` : plural;
  }
  for (const plural of ["services", "persistentvolumeclaims", ...NAMED_COUNTS]) if (isCountedOn(resource, plural, "")) return plural;
  return "pods";
}

export function usageOf(plural: string, group: string, object: KubeObject, nowMs: number): Usage {
  const usage: Usage = { [countName(plural, group)]: "1" };
  if (group !== "") return usage;
  if (plural === "pods") Object.assign(usage, podUsage(object, nowMs));
  else if (plural === "services") Object.assign(usage, serviceUsage(object));
  else if (plural === "persistentvolumeclaims") Object.assign(usage, claimUsage(object));
  else if (NAMED_COUNTS.has(plural)) usage[plural] = "1";
  return usage;
}

function podUsage(pod: KubeObject, nowMs: number): Usage {
  const { phase } = pod.status ?? {};
  if (phase === "Failed" || phase === "Succeeded") return {};
  const deletion = pod.metadata.deletionTimestamp;
  if (deletion && pod.metadata.deletionGracePeriodSeconds !== undefined && nowMs > Date.parse(deletion) + pod.metadata.deletionGracePeriodSeconds * 1000) return {};
  const spec: Loose = pod.spec ?? {};
  const requests: Usage = { ...aggregate(spec, "requests"), ...spec.resources?.requests };
  const limits: Usage = { ...aggregate(spec, "limits"), ...spec.resources?.limits };
  for (const name in spec.overhead) {
    requests[name] = requests[name] === undefined ? spec.overhead[name] : addQuantities(requests[name], spec.overhead[name]);
    if (limits[name] !== undefined) limits[name] = addQuantities(limits[name], spec.overhead[name]);
  }
  const usage: Usage = { pods: "1" };
  for (const name in requests) {
    const amount = requests[name]!;
    if (name === "cpu" || name === "memory" || name === "ephemeral-storage" || name.startsWith("hugepages-")) usage[name] = amount;
    usage[`requests.${name}`] = amount;
  }
  for (const name of ["cpu", "memory", "ephemeral-storage"]) if (limits[name] !== undefined) usage[`limits.${name}`] = limits[name]!;
  return usage;
}

function serviceUsage(service: KubeObject): Usage {
  const spec: Loose = service.spec ?? {};
  const ports = items(spec.ports);
  let nodePorts = 0;
  if (spec.type === "NodePort") nodePorts = ports.length;
  if (spec.type === "LoadBalancer") nodePorts = spec.allocateLoadBalancerNodePorts === false ? ports.filter((port) => port.nodePort).length : ports.length;
  return { services: "1", "services.nodeports": String(nodePorts), "services.loadbalancers": spec.type === "LoadBalancer" ? "1" : "0" };
}

function claimUsage(claim: KubeObject): Usage {
  const spec: Loose = claim.spec ?? {};
  const usage: Usage = { persistentvolumeclaims: "1" };
  const storageClass: string = claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec.storageClassName ?? "";
  const prefix = storageClass ? `${storageClass}${CLASS_SUFFIX}` : "";
  if (prefix) usage[`${prefix}persistentvolumeclaims`] = "1";
  const storage: string | undefined = spec.resources?.requests?.storage;
  if (storage !== undefined) {
    usage["requests.storage"] = storage;
    if (prefix) usage[`${prefix}requests.storage`] = storage;
  }
  return usage;
}

/** Whether an object falls under a quota's scopes. Only pods and claims have scopes; a scoped quota counts nothing else. */
export function isInScope(quota: KubeObject, plural: string, object: KubeObject): boolean {
  const spec: Loose = quota.spec ?? {};
  const plain: Loose[] = (spec.scopes ?? []).map((scopeName: string) => ({ scopeName, operator: "Exists" }));
  return [...plain, ...items(spec.scopeSelector?.matchExpressions)].every((selector) => matchesScope(selector, plural, object));
}

function matchesScope(selector: Loose, plural: string, object: KubeObject): boolean {
  const spec: Loose = object.spec ?? {};
  if (plural === "persistentvolumeclaims") return selector.scopeName === "VolumeAttributesClass" && matchesValue(selector, spec.volumeAttributesClassName ?? "");
  if (plural !== "pods") return false;
  const isTerminating = spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
  switch (selector.scopeName) {
    case "Terminating":
      return isTerminating;
    case "NotTerminating":
      return !isTerminating;
    case "BestEffort":
      return qualityOfService(spec) === "BestEffort";
    case "NotBestEffort":
      return qualityOfService(spec) !== "BestEffort";
    case "PriorityClass":
      return matchesValue(selector, spec.priorityClassName ?? "");
    case "CrossNamespacePodAffinity":
      return usesOtherNamespaces(spec);
    default:
      return false;
  }
}

function matchesValue(selector: Loose, value: string): boolean {
  const values: string[] = selector.values ?? [];
  if (selector.operator === "Exists") return value !== "";
  if (selector.operator === "DoesNotExist") return value === "";
  return selector.operator === "In" ? values.includes(value) : selector.operator === "NotIn" && !values.includes(value);
}

function usesOtherNamespaces(spec: Loose): boolean {
  return [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity].some((affinity) => {
    const terms = [
      ...items(affinity?.requiredDuringSchedulingIgnoredDuringExecution),
      ...items(affinity?.preferredDuringSchedulingIgnoredDuringExecution).map((weighted) => weighted.podAffinityTerm ?? {}),
    ];
    return terms.some((term) => term.namespaces?.length > 0 || term.namespaceSelector !== undefined);
  });
}

/** What all objects of the quota's namespace use now, for each resource that the quota bounds. Also what its controller writes. */
export function countUsage(client: SimClient, quota: KubeObject, nowMs: number, only?: (resource: string) => boolean): Usage {
  const used: Usage = {};
  const byType = new Map<string, string[]>();
  for (const resource of Object.keys(quota.spec?.hard ?? {})) {
    if (only && !only(resource)) continue;
    used[resource] = "0";
    const type = typeCounted(resource);
    byType.set(type, [...(byType.get(type) ?? []), resource]);
  }
  for (const [type, resources] of byType) {
    if (!client.serves(type)) continue;
    const slash = type.indexOf("/");
    const group = slash < 0 ? "" : type.slice(0, slash);
    const plural = type.slice(slash + 1);
    for (const object of client.list(type, { namespace: quota.metadata.namespace! })) {
      if (!isInScope(quota, plural, object)) continue;
      const usage = usageOf(plural, group, object, nowMs);
      for (const resource of resources) if (usage[resource] !== undefined) used[resource] = addQuantities(used[resource]!, usage[resource]!);
    }
  }
  return used;
}
