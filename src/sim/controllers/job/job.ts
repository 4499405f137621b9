/** Runs pods to completion and counts each once, by a finalizer and a list of the uncounted (`pkg/controller/job`). */
import { selectorMatches } from "../../../lib/label-selector.ts";
import { parseRfc3339, rfc3339 } from "../../../lib/rfc3339.ts";
import type { ApiError } from "../../api/status.ts";
import { findCondition } from "../conditions.ts";
import { controllerOf, ownerKeys } from "../controller-ref.ts";
import { OrphanIndex } from "../orphan-index.ts";
import { deletePod, isNamespaceTerminating } from "../pod-control.ts";
import { isPodFinished, isPodReady, isTerminating } from "../pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { Pod } from "../shapes.ts";
import { indexOf, parseIndexes, pendingIndexes } from "./indexes.ts";
import { COMPONENT, createPods, dropPods, isTracked, POD_COUNT_PER_SYNC_MAX, podsToRemove, untrack } from "./job-pods.ts";
import { finishedCondition, isIndexed, isSuspended, replacesOnlyFailed, type Job } from "./job-shape.ts";
import { backoffLeftMs, finishedAtMs, isFailed, outcomeOf, totalFailureCount } from "./pod-outcome.ts";
import { condition, observe, type Backoff, type Round } from "./round.ts";
import { track } from "./track.ts";

const TYPE = "batch/jobs";
/** Pods' changes are looked at together (`SyncJobBatchPeriod`). */
const BATCH_MS = 1_000;
const ORPHAN_POD = "pod:";

export function jobController(): Reconciler {
  const orphans = new OrphanIndex();
  const backoffs = new Map<string, Backoff>();
  return {
    name: COMPONENT,
    watches: [{ type: TYPE }],
    start({ client }, enqueue) {
      return client.watch<Pod>("pods", (event) => {
        orphans.observe(event);
        const { object, previous, type } = event;
        for (const key of ownerKeys("Job", object, previous)) enqueue(key, BATCH_MS);
        if (controllerOf(object) === undefined && type !== "DELETED") {
          for (const job of client.list<Job>(TYPE, { namespace: object.metadata.namespace })) {
            if (selectorMatches(job.spec.selector, object.metadata.labels)) enqueue(keyOf(job), BATCH_MS);
          }
        }
        // A pod whose Job is gone or done must not be held by our finalizer.
        if (type !== "DELETED" && isTracked(object)) enqueue(ORPHAN_POD + keyOf(object), BATCH_MS);
      });
    },
    sync(key, context) {
      if (key.startsWith(ORPHAN_POD)) return releaseOrphan(context, key.slice(ORPHAN_POD.length));
      const { namespace, name } = splitKey(key);
      const job = context.client.get<Job>(TYPE, namespace, name);
      if (job === undefined || finishedCondition(job) !== undefined) {
        backoffs.delete(key);
        return;
      }
      if (job.spec.managedBy !== undefined && job.spec.managedBy !== "kubernetes.io/job-controller") return;
      const round = observe(context, job, orphans, backoffs.get(key) ?? { failures: 0 });
      decideFinish(round);
      const error = act(round);
      track(round);
      backoffs.set(key, round.backoff);
      if (error !== undefined && !isNamespaceTerminating(error)) throw error;
      return round.againMs;
    },
  };
}

function releaseOrphan(context: ControllerContext, key: string): void {
  const { namespace, name } = splitKey(key);
  const pod = context.client.get<Pod>("pods", namespace, name);
  if (pod === undefined || !isTracked(pod)) return;
  const owner = controllerOf(pod);
  if (owner !== undefined && owner.kind !== "Job") return;
  const job = owner && context.client.get<Job>(TYPE, namespace, owner.name);
  if (job !== undefined && job.metadata.uid === owner?.uid && finishedCondition(job) === undefined) return;
  untrack(context, pod);
}

/** Whether the Job is over, by what its pods did; order as upstream's. */
function decideFinish(round: Round): void {
  const { job, status, nowMs } = round;
  const met = findCondition(status.conditions, "SuccessCriteriaMet");
  const target = findCondition(status.conditions, "FailureTarget");
  if (met?.status === "True") round.finish = met;
  else if (target?.status === "True") round.finish = condition(round, "Failed", target.reason ?? "", target.message ?? "");
  if (round.finish !== undefined) return;
  const fail = (reason: string, message: string): void => {
    round.finish = condition(round, "FailureTarget", reason, message);
  };
  const fatal = round.pods.filter((pod) => isFailed(pod, job)).map((pod) => outcomeOf(job, pod).message).find((message) => message !== undefined);
  const { activeDeadlineSeconds, backoffLimit = 6, completions = 0, maxFailedIndexes } = job.spec;
  const startMs = parseRfc3339(status.startTime);
  if (fatal !== undefined) return fail("PodFailurePolicy", fatal);
  if (round.failedCount > backoffLimit || hasTooManyRestarts(round, backoffLimit)) return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  if (activeDeadlineSeconds !== undefined && startMs !== undefined && !isSuspended(job)) {
    const leftMs = startMs + activeDeadlineSeconds * 1000 - nowMs;
    if (leftMs <= 0) return fail("DeadlineExceeded", "Job was active longer than specified deadline");
    round.againMs = leftMs;
  }
  const failedIndexCount = round.failedIndexes?.size ?? 0;
  if (maxFailedIndexes !== undefined && failedIndexCount > maxFailedIndexes) return fail("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  if (failedIndexCount > 0 && failedIndexCount + round.succeededIndexes.size >= completions) return fail("FailedIndexes", "Job has failed indexes");
  const rule = isIndexed(job) ? metSuccessRule(round, completions) : undefined;
  if (rule !== undefined) round.finish = condition(round, "SuccessCriteriaMet", "SuccessPolicy", `Matched rules at index ${rule}`);
}

function hasTooManyRestarts({ job, pods }: Round, limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const pod of pods) {
    if (isPodFinished(pod)) continue;
    for (const { restartCount = 0 } of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) restarts += restartCount;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function metSuccessRule({ job, succeededIndexes }: Round, completions: number): number | undefined {
  if (succeededIndexes.size === 0) return undefined;
  for (const [index, { succeededIndexes: text, succeededCount }] of (job.spec.successPolicy?.rules ?? []).entries()) {
    if (text === undefined) {
      if (succeededCount !== undefined && succeededIndexes.size >= succeededCount) return index;
      continue;
    }
    const wanted = parseIndexes(text, completions);
    const there = [...wanted].filter((each) => succeededIndexes.has(each)).length;
    if (wanted.size > 0 && (there === wanted.size || (succeededCount !== undefined && there >= succeededCount))) return index;
  }
  return undefined;
}

/** Ensure: stops everything when the Job is over, else brings pods to the wanted number. */
function act(round: Round): ApiError | undefined {
  const { context, job, status } = round;
  let error: ApiError | undefined;
  let terminatingCount = round.pods.filter((pod) => isTerminating(pod) && !isPodFinished(pod)).length;
  let activeCount = round.active.length;
  let readyCount = round.active.filter(isPodReady).length;
  const drop = (pods: readonly Pod[]): void => {
    activeCount -= pods.length;
    terminatingCount += pods.length;
    readyCount -= pods.filter(isPodReady).length;
  };
  if (round.finish !== undefined) {
    for (const pod of round.active) deletePod(context.client, pod, job, COMPONENT);
    drop(round.active);
  } else if (job.metadata.deletionTimestamp === undefined) {
    const plan = planPods(round, terminatingCount);
    dropPods(context, job, plan.remove);
    drop(plan.remove);
    const created = createPods(context, job, plan.create, round.lastFailed);
    activeCount += created.successCount;
    error = created.error;
    const { completions } = job.spec;
    const isComplete = activeCount === 0 && (completions === undefined ? round.succeededCount > 0 : round.succeededCount >= completions);
    if (isComplete) round.finish = condition(round, "SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods");
    else noteSuspension(round);
  }
  Object.assign(status, { active: activeCount, ready: readyCount, terminating: terminatingCount });
  return error;
}

function planPods(round: Round, terminatingCount: number): { remove: Pod[]; create: (number | undefined)[] } {
  const { job, active, nowMs } = round;
  const { parallelism = 1, completions } = job.spec;
  if (isSuspended(job)) return { remove: podsToRemove(job, active, active.length, nowMs), create: [] };
  let wanted = completions === undefined ? parallelism : Math.max(0, Math.min(completions - round.succeededCount, parallelism));
  if (completions === undefined && round.succeededCount > 0) wanted = active.length;
  const remove = podsToRemove(job, active, Math.max(0, active.length - wanted), nowMs).slice(0, POD_COUNT_PER_SYNC_MAX);
  if (remove.length > 0) return { remove, create: [] };
  const missing = Math.min(wanted - active.length - (replacesOnlyFailed(job) ? terminatingCount : 0), POD_COUNT_PER_SYNC_MAX);
  if (missing <= 0) return { remove, create: [] };
  if (job.spec.backoffLimitPerIndex === undefined) {
    const leftMs = backoffLeftMs(round.backoff.failures, round.backoff.lastFailureMs, nowMs);
    if (leftMs > 0) return waitFor(round, leftMs);
  }
  if (!isIndexed(job)) return { remove, create: Array<undefined>(missing).fill(undefined) };
  const held = replacesOnlyFailed(job) ? round.pods.filter((pod) => isTerminating(pod) && !isPodFinished(pod)) : [];
  const taken = new Set([...active, ...held].map(indexOf).filter((index) => index !== undefined));
  const pending = pendingIndexes(missing, completions ?? 0, [round.succeededIndexes, taken, round.failedIndexes ?? new Set()]);
  if (job.spec.backoffLimitPerIndex === undefined) return { remove, create: pending };
  const waits = new Map(pending.map((index) => [index, indexWaitMs(round, index)]));
  const create = pending.filter((index) => waits.get(index) === 0);
  return create.length > 0 || pending.length === 0 ? { remove, create } : waitFor(round, Math.min(...waits.values()));
}

function indexWaitMs({ lastFailed, nowMs }: Round, index: number): number {
  const last = lastFailed.get(index);
  return last === undefined ? 0 : backoffLeftMs(totalFailureCount(last) + 1, finishedAtMs(last), nowMs);
}

function waitFor(round: Round, delayMs: number): { remove: Pod[]; create: [] } {
  round.againMs = Math.min(round.againMs ?? Number.POSITIVE_INFINITY, delayMs);
  return { remove: [], create: [] };
}

function noteSuspension(round: Round): void {
  const { job, status, context, nowMs } = round;
  const found = findCondition(status.conditions, "Suspended");
  const wanted = isSuspended(job);
  if (found === undefined ? !wanted : (found.status === "True") === wanted) return;
  const now = condition(round, "Suspended", wanted ? "JobSuspended" : "JobResumed", wanted ? "Job suspended" : "Job resumed");
  if (!wanted) now.status = "False";
  status.conditions = [...(status.conditions ?? []).filter(({ type }) => type !== "Suspended"), now];
  context.client.event(job, { type: "Normal", reason: wanted ? "Suspended" : "Resumed", message: now.message ?? "", component: COMPONENT });
  // Resumed work has its whole deadline again.
  if (wanted) delete status.startTime;
  else status.startTime = rfc3339(nowMs);
}

