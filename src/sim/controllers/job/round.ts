/** One look at one Job: its pods, what they say about it, and the status that is being drafted. */
import { selectorMatches } from "../../../lib/label-selector.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { claim } from "../controller-ref.ts";
import type { OrphanIndex } from "../orphan-index.ts";
import { isPodActive } from "../pod-state.ts";
import type { ControllerContext } from "../reconciler.ts";
import type { Condition, Pod } from "../shapes.ts";
import { indexOf, parseIndexes } from "./indexes.ts";
import { isTracked } from "./job-pods.ts";
import { isIndexed, isSuspended, type Job, type JobStatus } from "./job-shape.ts";
import { failureCount, finishedAtMs, isFailed, outcomeOf, totalFailureCount } from "./pod-outcome.ts";

export interface Backoff {
  failures: number;
  lastFailureMs?: number;
}

/** One look at one Job; the status is a draft until it is written. */
export interface Round {
  context: ControllerContext;
  job: Job;
  nowMs: number;
  pods: Pod[];
  active: Pod[];
  status: JobStatus;
  uncounted: { succeeded: string[]; failed: string[] };
  succeededCount: number;
  failedCount: number;
  succeededIndexes: Set<number>;
  failedIndexes: Set<number> | undefined;
  /** The last failed pod of an index, kept until its replacement exists (backoffLimitPerIndex). */
  lastFailed: Map<number, Pod>;
  finish: Condition | undefined;
  backoff: Backoff;
  againMs: number | undefined;
}

export function observe(context: ControllerContext, job: Job, orphans: OrphanIndex, backoff: Backoff): Round {
  const { client, clock } = context;
  const candidates = [...client.controlledBy<Pod>("pods", job.metadata.uid ?? ""), ...orphans.in(job.metadata.namespace, client)];
  const pods = claim(client, "pods", job, candidates, (pod) => selectorMatches(job.spec.selector, pod.metadata.labels));
  const completions = job.spec.completions ?? 0;
  if (isIndexed(job)) pods.sort((a, b) => (indexOf(a) ?? -1) - (indexOf(b) ?? -1));
  const status: JobStatus = { ...job.status, conditions: [...(job.status?.conditions ?? [])] };
  const uncounted = { succeeded: [...(status.uncountedTerminatedPods?.succeeded ?? [])], failed: [...(status.uncountedTerminatedPods?.failed ?? [])] };
  const isFresh = (pod: Pod, list: readonly string[]): boolean => {
    if (!isTracked(pod) || list.includes(pod.metadata.uid ?? "")) return false;
    return !isIndexed(job) || (indexOf(pod) ?? completions) < completions;
  };
  const newSucceeded = pods.filter((pod) => isFresh(pod, uncounted.succeeded) && pod.status?.phase === "Succeeded");
  const newFailed = pods.filter((pod) => isFresh(pod, uncounted.failed) && isFailed(pod, job));
  const nowMs = clock.now();
  if (status.startTime === undefined && !isSuspended(job)) status.startTime = rfc3339(nowMs);
  const succeededIndexes = parseIndexes(status.completedIndexes, completions);
  const round: Round = {
    context,
    job,
    nowMs,
    pods,
    active: pods.filter(isPodActive),
    status,
    uncounted,
    succeededCount: (status.succeeded ?? 0) + newSucceeded.length + uncounted.succeeded.length,
    failedCount: (status.failed ?? 0) + newFailed.filter((pod) => outcomeOf(job, pod).isCounted).length + uncounted.failed.length,
    succeededIndexes,
    failedIndexes: undefined,
    lastFailed: new Map(),
    finish: undefined,
    backoff: nextBackoff(backoff, newSucceeded, newFailed),
    againMs: undefined,
  };
  if (isIndexed(job)) observeIndexes(round, completions);
  return round;
}

function observeIndexes(round: Round, completions: number): void {
  const { job, pods, succeededIndexes } = round;
  for (const pod of pods) if (pod.status?.phase === "Succeeded" && isTracked(pod) && (indexOf(pod) ?? completions) < completions) succeededIndexes.add(indexOf(pod)!);
  round.succeededCount = succeededIndexes.size;
  const limit = job.spec.backoffLimitPerIndex;
  if (limit === undefined) return;
  round.failedIndexes = parseIndexes(round.status.failedIndexes, completions);
  const activeIndexes = new Set(round.active.map(indexOf));
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions || !isTracked(pod) || !isFailed(pod, job)) continue;
    const { action, isCounted } = outcomeOf(job, pod);
    if (action === "FailIndex" || (isCounted && failureCount(pod) >= limit)) round.failedIndexes.add(index);
    else if (!activeIndexes.has(index) && totalFailureCount(pod) >= totalFailureCount(round.lastFailed.get(index))) round.lastFailed.set(index, pod);
  }
  for (const index of [...round.lastFailed.keys()]) if (round.failedIndexes.has(index) || succeededIndexes.has(index)) round.lastFailed.delete(index);
}

function nextBackoff(before: Backoff, newSucceeded: readonly Pod[], newFailed: readonly Pod[]): Backoff {
  const failureTimes = newFailed.map(finishedAtMs).sort((a, b) => a - b);
  if (newSucceeded.length === 0) {
    return failureTimes.length === 0 ? before : { failures: before.failures + failureTimes.length, lastFailureMs: failureTimes.at(-1)! };
  }
  const lastSuccessMs = Math.max(...newSucceeded.map(finishedAtMs));
  const later = failureTimes.filter((ms) => ms > lastSuccessMs);
  return later.length === 0 ? { failures: 0 } : { failures: later.length, lastFailureMs: later.at(-1)! };
}

export function condition(round: Round, type: string, reason: string, message: string): Condition {
  const now = rfc3339(round.nowMs);
  return { type, status: "True", lastProbeTime: now, lastTransitionTime: now, reason, message };
}
