/** How many replicas one metric asks for: ready, unready and missing pods weighed as upstream does (`replica_calculator.go`). */
import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import { quantityMilli, quantityNumber } from "../../../lib/quantity.ts";
import { findCondition } from "../conditions.ts";
import type { PodMetrics } from "../pod-metrics.ts";
import type { Pod } from "../shapes.ts";
import type { MetricTarget } from "./autoscaler-shape.ts";

/** `--horizontal-pod-autoscaler-cpu-initialization-period`, `-initial-readiness-delay`. */
const CPU_INITIALIZATION_MS = 300_000;
const INITIAL_READINESS_MS = 30_000;

export interface Tolerances {
  up: number;
  down: number;
}

export interface Proposal {
  replicas: number;
  /** Percent of the request; only for a utilization target. */
  averageUtilization?: number;
  /** Milli units of cpu, or bytes. */
  averageValue: number;
}

export interface ResourceQuestion {
  resource: string;
  container: string | undefined;
  target: MetricTarget;
  currentReplicas: number;
  tolerances: Tolerances;
}

const isWithin = (ratio: number, { up, down }: Tolerances): boolean => 1 - down <= ratio && ratio <= 1 + up;

/** Cpu in milli, memory in bytes. */
function amount(resource: string, quantity: string | undefined): number | undefined {
  if (quantity === undefined) return undefined;
  return resource === "cpu" ? quantityMilli(quantity) : quantityNumber(quantity);
}

function requestOf(pod: Pod, { resource, container }: ResourceQuestion): number | string {
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  let sum = 0;
  let isFound = container === undefined;
  for (const one of [...pod.spec.containers, ...sidecars]) {
    if (container !== undefined && one.name !== container) continue;
    isFound = true;
    const request = amount(resource, one.resources?.requests?.[resource]);
    if (request === undefined) return `missing request for ${resource} in container ${one.name} of Pod ${pod.metadata.name}`;
    sum += request;
  }
  return isFound ? sum : `container ${container} not found in Pod ${pod.metadata.name}`;
}

function usageOf(pod: Pod, metrics: PodMetrics, { resource, container }: ResourceQuestion): number | undefined {
  const found = metrics.pod(pod.metadata.namespace ?? "", pod.metadata.name);
  if (found === undefined) return undefined;
  const wanted = found.containers.filter(({ name }) => container === undefined || name === container);
  if (wanted.length === 0) return undefined;
  return wanted.reduce((sum, { cpuMilli, memoryBytes }) => sum + (resource === "cpu" ? cpuMilli : memoryBytes), 0);
}

/** A pod that is still starting says nothing about the load (`groupPods`). */
function isUnready(pod: Pod, resource: string, nowMs: number): boolean {
  if (resource !== "cpu") return false;
  const ready = findCondition(pod.status?.conditions, "Ready");
  const startMs = parseRfc3339(pod.status?.startTime);
  const changedMs = parseRfc3339(ready?.lastTransitionTime) ?? nowMs;
  if (ready === undefined || startMs === undefined) return true;
  // Within the first minutes also a pod that has not been ready for a whole metrics window.
  if (startMs + CPU_INITIALIZATION_MS > nowMs) return ready.status === "False" || nowMs < changedMs + METRICS_WINDOW_MS;
  return ready.status === "False" && startMs + INITIAL_READINESS_MS > changedMs;
}

const METRICS_WINDOW_MS = 15_000;

interface Groups {
  readyCount: number;
  usage: Map<string, number>;
  unready: string[];
  missing: string[];
}

function group(pods: readonly Pod[], metrics: PodMetrics, question: ResourceQuestion, nowMs: number): Groups {
  const groups: Groups = { readyCount: 0, usage: new Map(), unready: [], missing: [] };
  for (const pod of pods) {
    const { name } = pod.metadata;
    if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === "Failed") continue;
    const usage = usageOf(pod, metrics, question);
    if (pod.status?.phase === "Pending") groups.unready.push(name);
    else if (usage === undefined) groups.missing.push(name);
    else if (isUnready(pod, question.resource, nowMs)) groups.unready.push(name);
    else {
      groups.readyCount++;
      groups.usage.set(name, usage);
    }
  }
  return groups;
}

/** A text says why nothing can be proposed. */
export function proposeForResource(pods: readonly Pod[], metrics: PodMetrics, question: ResourceQuestion, nowMs: number): Proposal | string {
  const { resource, target, currentReplicas, tolerances } = question;
  if (pods.every((pod) => usageOf(pod, metrics, question) === undefined)) return `unable to get metrics for resource ${resource}: no metrics returned from resource metrics API`;
  const { readyCount, usage, unready, missing } = group(pods, metrics, question, nowMs);
  if (usage.size === 0) return "did not receive metrics for targeted pods (pods might be unready)";
  const isUtilization = target.type === "Utilization";
  const wantedPercent = target.averageUtilization ?? 0;
  const wantedValue = amount(resource, target.averageValue) ?? 0;
  const requests = new Map<string, number>();
  for (const pod of isUtilization ? pods : []) {
    const request = requestOf(pod, question);
    if (typeof request === "string") return request;
    requests.set(pod.metadata.name, request);
  }
  const ratioOf = (values: ReadonlyMap<string, number>): { ratio: number; percent: number; average: number } => {
    const total = [...values.values()].reduce((sum, value) => sum + value, 0);
    const average = Math.trunc(total / values.size);
    if (!isUtilization) return { ratio: average / wantedValue, percent: 0, average };
    const requested = [...values.keys()].reduce((sum, name) => sum + (requests.get(name) ?? 0), 0);
    const percent = requested === 0 ? 0 : Math.trunc((total * 100) / requested);
    return { ratio: percent / wantedPercent, percent, average };
  };
  const first = ratioOf(usage);
  const proposal = (replicas: number): Proposal => ({ replicas, averageValue: first.average, ...(isUtilization ? { averageUtilization: first.percent } : {}) });
  const countsUnready = unready.length > 0 && first.ratio > 1;
  if (!countsUnready && missing.length === 0) {
    return proposal(isWithin(first.ratio, tolerances) ? currentReplicas : Math.ceil(first.ratio * readyCount));
  }
  // What is unknown must not make it worse: missing pods count as idle when growing, as full when shrinking.
  const filled = new Map(usage);
  for (const name of missing) {
    if (first.ratio < 1) filled.set(name, isUtilization ? ((requests.get(name) ?? 0) * Math.max(100, wantedPercent)) / 100 : wantedValue);
    else if (first.ratio > 1) filled.set(name, 0);
  }
  if (countsUnready) for (const name of unready) filled.set(name, 0);
  const { ratio } = ratioOf(filled);
  if (isWithin(ratio, tolerances) || (first.ratio < 1 && ratio > 1) || (first.ratio > 1 && ratio < 1)) return proposal(currentReplicas);
  const replicas = Math.ceil(ratio * filled.size);
  if ((ratio < 1 && replicas > currentReplicas) || (ratio > 1 && replicas < currentReplicas)) return proposal(currentReplicas);
  return proposal(replicas);
}
