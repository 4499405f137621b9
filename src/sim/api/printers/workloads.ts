import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, conditionOf, containerCells, humanDuration, labelsText, lengthOf, selectorOrNone, selectorText, since, type Cell } from "./cells.ts";

export function printDeployment(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [
    object.metadata.name,
    `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    status.updatedReplicas ?? 0,
    status.availableReplicas ?? 0,
    age(object, nowMs),
    ...containerCells(spec.template),
    selectorText(spec.selector),
  ];
}

export function printReplicaSet(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [object.metadata.name, spec.replicas ?? 0, status.replicas ?? 0, status.readyReplicas ?? 0, age(object, nowMs), ...containerCells(spec.template), selectorOrNone(spec.selector)];
}

export function printReplicationController(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [object.metadata.name, spec.replicas ?? 0, status.replicas ?? 0, status.readyReplicas ?? 0, age(object, nowMs), ...containerCells(spec.template), labelsText(spec.selector)];
}

export function printStatefulSet(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [object.metadata.name, `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`, age(object, nowMs), ...containerCells(spec.template)];
}

export function printDaemonSet(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [
    object.metadata.name,
    status.desiredNumberScheduled ?? 0,
    status.currentNumberScheduled ?? 0,
    status.numberReady ?? 0,
    status.updatedNumberScheduled ?? 0,
    status.numberAvailable ?? 0,
    labelsText(spec.template?.spec?.nodeSelector),
    age(object, nowMs),
    ...containerCells(spec.template),
    selectorOrNone(spec.selector),
  ];
}

export function printControllerRevision(object: KubeObject, nowMs: number): Cell[] {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller);
  let controller = "<none>";
  if (owner !== undefined) {
    const group = owner.apiVersion.includes("/") ? owner.apiVersion.slice(0, owner.apiVersion.indexOf("/")) : "";
    controller = `${(group === "" ? owner.kind : `${owner.kind}.${group}`).toLowerCase()}/${owner.name}`;
  }
  return [object.metadata.name, controller, object["revision"] ?? 0, age(object, nowMs)];
}

function completions(job: KubeObject): string {
  const succeeded = job["status"]?.succeeded ?? 0;
  const { completions: wanted, parallelism = 0 } = job["spec"] ?? {};
  if (wanted != null) return `${succeeded}/${wanted}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobStatus(job: KubeObject): string {
  const is = (type: string): boolean => conditionOf(job, type)?.status === "True";
  if (is("Complete")) return "Complete";
  if (is("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp) return "Terminating";
  if (is("Suspended")) return "Suspended";
  if (is("FailureTarget")) return "FailureTarget";
  return is("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

export function printJob(job: KubeObject, nowMs: number): Cell[] {
  const started = parseRfc3339(job["status"]?.startTime);
  const duration = started === undefined ? "" : humanDuration((parseRfc3339(job["status"]?.completionTime) ?? nowMs) - started);
  return [job.metadata.name, jobStatus(job), completions(job), duration, age(job, nowMs), ...containerCells(job["spec"]?.template), selectorOrNone(job["spec"]?.selector)];
}

export function printCronJob(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [
    object.metadata.name,
    spec.schedule ?? "",
    spec.timeZone ?? "<none>",
    spec.suspend == null ? "<unset>" : spec.suspend ? "True" : "False",
    lengthOf(status.active),
    status.lastScheduleTime ? since(status.lastScheduleTime, nowMs) : "<none>",
    age(object, nowMs),
    ...containerCells(spec.jobTemplate?.spec?.template),
    selectorOrNone(spec.jobTemplate?.spec?.selector),
  ];
}

export function printPodDisruptionBudget(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [object.metadata.name, String(spec.minAvailable ?? "N/A"), String(spec.maxUnavailable ?? "N/A"), status.disruptionsAllowed ?? 0, age(object, nowMs)];
}
