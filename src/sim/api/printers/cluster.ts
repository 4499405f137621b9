import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, lengthOf, quantityText, since, type Cell } from "./cells.ts";

export function printNameAndAge(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, age(object, nowMs)];
}

export function printNamespace(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, object["status"]?.phase ?? "", age(object, nowMs)];
}

export function printConfigMap(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, lengthOf(object["data"]) + lengthOf(object["binaryData"]), age(object, nowMs)];
}

export function printSecret(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, object["type"] ?? "", lengthOf(object["data"]), age(object, nowMs)];
}

/** The row of both `v1` and `events.k8s.io/v1` events. */
export function printEvent(object: KubeObject, nowMs: number): Cell[] {
  const about = object["involvedObject"] ?? object["regarding"] ?? {};
  const source = object["source"] ?? object["deprecatedSource"] ?? {};
  const first = object["firstTimestamp"] ?? object["deprecatedFirstTimestamp"];
  const last = object["lastTimestamp"] ?? object["deprecatedLastTimestamp"];
  const firstSeen = since(first || object["eventTime"], nowMs);
  const series = object["series"];
  const lastSeen = series ? since(series.lastObservedTime, nowMs) : last ? since(last, nowMs) : firstSeen;
  const count = series ? (series.count ?? 0) : object["count"] || object["deprecatedCount"] || 1;
  const kind = String(about.kind ?? "").toLowerCase();
  const component = source.component || object["reportingComponent"] || object["reportingController"] || "";
  const host = source.host || object["reportingInstance"] || "";
  return [
    lastSeen,
    object["type"] ?? "",
    object["reason"] ?? "",
    about.name ? `${kind}/${about.name}` : kind,
    about.fieldPath ?? "",
    host === "" ? component : `${component}, ${host}`,
    String(object["message"] ?? object["note"] ?? "").trim(),
    firstSeen,
    count,
    object.metadata.name,
  ];
}

export function printLease(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, object["spec"]?.holderIdentity ?? "", age(object, nowMs)];
}

export function printResourceQuota(object: KubeObject, nowMs: number): Cell[] {
  const { hard = {}, used = {} } = object["status"] ?? {};
  const text = (names: string[]): string => names.map((name) => `${name}: ${quantityText(used[name])}/${quantityText(hard[name])}`).join(", ");
  const names = Object.keys(hard).sort();
  const isLimit = (name: string): boolean => name.startsWith("limits.");
  return [object.metadata.name, text(names.filter((name) => !isLimit(name))), text(names.filter(isLimit)), age(object, nowMs)];
}

export function printPriorityClass(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, object["value"] ?? 0, object["globalDefault"] ?? false, age(object, nowMs), object["preemptionPolicy"] ?? ""];
}

export function printRuntimeClass(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, object["handler"] ?? "", age(object, nowMs)];
}

export function printComponentStatus(object: KubeObject): Cell[] {
  const condition = ((object["conditions"] ?? []) as { type: string; status: string; message?: string; error?: string }[]).find((one) => one.type === "Healthy");
  if (condition === undefined) return [object.metadata.name, "Unknown", "", ""];
  return [object.metadata.name, condition.status === "True" ? "Healthy" : "Unhealthy", condition.message ?? "", condition.error ?? ""];
}

export function printApiService(object: KubeObject, nowMs: number): Cell[] {
  const service = object["spec"]?.service;
  const available = ((object["status"]?.conditions ?? []) as { type: string; status: string; reason?: string }[]).find((one) => one.type === "Available");
  let status = "Unknown";
  if (available !== undefined) status = available.status !== "True" && available.reason ? `${available.status} (${available.reason})` : available.status;
  return [object.metadata.name, service ? `${service.namespace}/${service.name}` : "Local", status, age(object, nowMs)];
}

export function printFlowSchema(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  const dangling = ((status.conditions ?? []) as { type: string; status: string }[]).find((one) => one.type === "Dangling");
  return [
    object.metadata.name,
    spec.priorityLevelConfiguration?.name ?? "",
    spec.matchingPrecedence ?? 0,
    spec.distinguisherMethod?.type ?? "<none>",
    age(object, nowMs),
    dangling?.status ?? "?",
  ];
}

export function printPriorityLevelConfiguration(object: KubeObject, nowMs: number): Cell[] {
  const limited = object["spec"]?.limited;
  const queuing = limited?.limitResponse?.queuing;
  return [
    object.metadata.name,
    object["spec"]?.type ?? "",
    limited ? (limited.nominalConcurrencyShares ?? 0) : "<none>",
    queuing ? (queuing.queues ?? 0) : "<none>",
    queuing ? (queuing.handSize ?? 0) : "<none>",
    queuing ? (queuing.queueLengthLimit ?? 0) : "<none>",
    age(object, nowMs),
  ];
}

export function printResourceClaim(object: KubeObject, nowMs: number): Cell[] {
  const states: string[] = [];
  const isDeleted = Boolean(object.metadata.deletionTimestamp);
  if (isDeleted) states.push("deleted");
  if (!object["status"]?.allocation) {
    if (!isDeleted) states.push("pending");
  } else {
    states.push("allocated");
    if (object["status"].reservedFor?.length) states.push("reserved");
  }
  return [object.metadata.name, states.join(","), age(object, nowMs)];
}

export function printResourceSlice(object: KubeObject, nowMs: number): Cell[] {
  const spec = object["spec"] ?? {};
  return [object.metadata.name, spec.nodeName ?? "", spec.driver ?? "", spec.pool?.name ?? "", age(object, nowMs)];
}
