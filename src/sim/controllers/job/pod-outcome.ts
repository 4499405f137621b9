/** What a Job makes of a pod that ended: failed, ignored or fatal (`pod_failure_policy.go`), and when it ended (`backoff_utils.go`). */
import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import { findCondition } from "../conditions.ts";
import type { Pod } from "../shapes.ts";
import { replacesOnlyFailed, type Job, type PodFailurePolicyRule } from "./job-shape.ts";

export const FAILURE_COUNT = "batch.kubernetes.io/job-index-failure-count";
export const IGNORED_FAILURE_COUNT = "batch.kubernetes.io/job-index-ignored-failure-count";

/** A pod failed for the first time waits 10 s, then 20 s, … at most 10 minutes (`DefaultJobPodFailureBackOff`, `MaxJobPodFailureBackOff`). */
const BACKOFF_MS_MIN = 10_000;
const BACKOFF_MS_MAX = 600_000;

export function isFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (replacesOnlyFailed(job)) return false;
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== "Succeeded";
}

export interface Outcome {
  action?: PodFailurePolicyRule["action"];
  isCounted: boolean;
  /** Why the whole Job fails. */
  message?: string;
}

export function outcomeOf(job: Job, pod: Pod): Outcome {
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const cause = causeOf(rule, pod);
    if (cause === undefined) continue;
    if (rule.action === "Ignore") return { action: "Ignore", isCounted: false };
    if (rule.action !== "FailJob") return { action: rule.action, isCounted: true };
    return { action: "FailJob", isCounted: true, message: `${cause} matching FailJob rule at index ${index}` };
  }
  return { isCounted: true };
}

function causeOf({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (onExitCodes !== undefined) {
    for (const status of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) {
      const code = status.state?.terminated?.exitCode;
      if (code === undefined || code === 0 || (onExitCodes.containerName ?? status.name) !== status.name) continue;
      if (onExitCodes.values.includes(code) === (onExitCodes.operator === "In")) return `Container ${status.name} for pod ${name} failed with exit code ${code}`;
    }
    return undefined;
  }
  const found = pod.status?.conditions?.find((condition) => onPodConditions?.some(({ type, status = "True" }) => type === condition.type && status === condition.status));
  return found && `Pod ${name} has condition ${found.type}`;
}

const count = (pod: Pod | undefined, annotation: string): number => Number(pod?.metadata.annotations?.[annotation] ?? 0) || 0;

export const failureCount = (pod: Pod | undefined): number => count(pod, FAILURE_COUNT);
export const totalFailureCount = (pod: Pod | undefined): number => count(pod, FAILURE_COUNT) + count(pod, IGNORED_FAILURE_COUNT);

/** The counts that the replacement of `last` carries on. */
export function nextFailureCounts(job: Job, last: Pod | undefined): Record<string, string> {
  if (last === undefined) return { [FAILURE_COUNT]: "0" };
  const isIgnored = job.spec.podFailurePolicy !== undefined && !outcomeOf(job, last).isCounted;
  const ignored = count(last, IGNORED_FAILURE_COUNT) + (isIgnored ? 1 : 0);
  return { [FAILURE_COUNT]: String(failureCount(last) + (isIgnored ? 0 : 1)), ...(ignored > 0 ? { [IGNORED_FAILURE_COUNT]: String(ignored) } : {}) };
}

export function finishedAtMs(pod: Pod): number {
  const statuses = pod.status?.containerStatuses ?? [];
  const ends = statuses.map(({ state }) => parseRfc3339(state?.terminated?.finishedAt));
  if (ends.length > 0 && ends.every((ms) => ms !== undefined)) return Math.max(...(ends as number[]));
  const ready = findCondition(pod.status?.conditions, "Ready");
  const notReadyMs = ready?.status === "False" ? parseRfc3339(ready.lastTransitionTime) : undefined;
  if (notReadyMs !== undefined) return notReadyMs;
  const deletedMs = parseRfc3339(pod.metadata.deletionTimestamp);
  if (deletedMs !== undefined) return deletedMs - (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return parseRfc3339(pod.metadata.creationTimestamp) ?? 0;
}

/** Milliseconds that are left of the wait after so many failures in a row. */
export function backoffLeftMs(failures: number, lastFailureMs: number | undefined, nowMs: number): number {
  if (failures === 0 || lastFailureMs === undefined) return 0;
  const waitMs = Math.min(BACKOFF_MS_MIN * 2 ** (failures - 1), BACKOFF_MS_MAX);
  return Math.max(0, lastFailureMs + waitMs - nowMs);
}
