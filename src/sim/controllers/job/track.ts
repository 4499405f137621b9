/** Counts every pod once and says when the Job is over (`trackJobStatusAndRemoveFinalizers`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { ApiError } from "../../api/status.ts";
import { findCondition } from "../conditions.ts";
import { omitZero } from "../omit-zero.ts";
import type { Pod } from "../shapes.ts";
import { formatIndexes, indexOf, parseIndexes } from "./indexes.ts";
import { COMPONENT, isTracked, untrack } from "./job-pods.ts";
import { isIndexed, type Job, type JobStatus } from "./job-shape.ts";
import { isFailed, outcomeOf } from "./pod-outcome.ts";
import { condition, type Round } from "./round.ts";

const TYPE = "batch/jobs";

/** Sync: uid into the list, list into the API, finalizer off the pod, uid into the number. A crash between any two loses and doubles nothing. */
export function track(round: Round): void {
  const { job, status, uncounted } = round;
  const completions = job.spec.completions ?? 0;
  const settled: Pod[] = [];
  const tracked = new Set(round.pods.filter(isTracked).map(({ metadata }) => metadata.uid ?? ""));
  countReleased(round, tracked);
  const before = parseIndexes(job.status?.completedIndexes, completions);
  for (const pod of round.pods) {
    if (!isTracked(pod)) continue;
    const { uid = "" } = pod.metadata;
    const failed = isFailed(pod, job);
    if (!maySettle(round, pod, failed)) continue;
    settled.push(pod);
    const index = indexOf(pod);
    const isValid = !isIndexed(job) || (index !== undefined && index < completions);
    const endsFailed = failed || (round.finish !== undefined && round.finish.type !== "SuccessCriteriaMet");
    if (pod.status?.phase === "Succeeded" && !uncounted.failed.includes(uid)) {
      if (isIndexed(job)) {
        if (isValid && !before.has(index!)) round.succeededIndexes.add(index!);
      } else if (!uncounted.succeeded.includes(uid)) uncounted.succeeded.push(uid);
    } else if (endsFailed && isValid && !uncounted.failed.includes(uid) && outcomeOf(job, pod).isCounted) uncounted.failed.push(uid);
  }
  if (isIndexed(job)) {
    Object.assign(status, { succeeded: round.succeededIndexes.size, completedIndexes: formatIndexes(round.succeededIndexes) });
    if (round.failedIndexes !== undefined) status.failedIndexes = formatIndexes(round.failedIndexes);
  }
  noteFinish(round);
  write(round);
  for (const pod of settled) {
    untrack(round.context, pod);
    tracked.delete(pod.metadata.uid ?? "");
  }
  countReleased(round, tracked);
  const isOver = finishNow(round);
  write(round);
  if (isOver) announce(round);
}

function maySettle({ job, finish, lastFailed }: Round, pod: Pod, failed: boolean): boolean {
  if (job.metadata.deletionTimestamp !== undefined || finish !== undefined || pod.status?.phase === "Succeeded") return true;
  return failed && !(job.spec.backoffLimitPerIndex !== undefined && [...lastFailed.values()].includes(pod));
}

function countReleased({ status, uncounted }: Round, tracked: ReadonlySet<string>): void {
  const keep = (uids: string[]): string[] => uids.filter((uid) => tracked.has(uid));
  const [succeeded, failed] = [keep(uncounted.succeeded), keep(uncounted.failed)];
  status.succeeded = (status.succeeded ?? 0) + uncounted.succeeded.length - succeeded.length;
  status.failed = (status.failed ?? 0) + uncounted.failed.length - failed.length;
  Object.assign(uncounted, { succeeded, failed });
}

function noteFinish(round: Round): void {
  const { finish, status } = round;
  if (finish === undefined) return;
  const isNew = findCondition(status.conditions, finish.type) === undefined;
  if (finish.type === "FailureTarget" || finish.type === "SuccessCriteriaMet") {
    if (isNew) status.conditions = [...(status.conditions ?? []), finish];
    round.finish = condition(round, finish.type === "FailureTarget" ? "Failed" : "Complete", finish.reason ?? "", finish.message ?? "");
  }
}

/** The terminal condition comes when every pod is counted and none is still stopping. */
function finishNow({ finish, status, uncounted }: Round): boolean {
  if (finish === undefined || uncounted.succeeded.length + uncounted.failed.length > 0 || (status.terminating ?? 0) > 0) return false;
  status.conditions = [...(status.conditions ?? []), finish];
  if (finish.type === "Complete") status.completionTime = finish.lastTransitionTime;
  return true;
}

function announce({ context, job, finish, status }: Round): void {
  const tell = (type: "Normal" | "Warning", reason: string, message: string): void => context.client.event(job, { type, reason, message, component: COMPONENT });
  if (finish?.type !== "Complete") return tell("Warning", finish?.reason ?? "", finish?.message ?? "");
  if (job.spec.completions !== undefined && (status.succeeded ?? 0) > job.spec.completions) {
    tell("Warning", "TooManySucceededPods", "Too many succeeded pods running after completion count reached");
  }
  tell("Normal", "Completed", "Job completed");
}

function write(round: Round): void {
  const { job, status, uncounted, context } = round;
  const { ready = 0, terminating = 0, failedIndexes, ...others } = status;
  const draft: JobStatus = {
    ...omitZero(others),
    ready,
    terminating,
    ...(failedIndexes === undefined ? {} : { failedIndexes }),
    uncountedTerminatedPods: omitZero(uncounted),
  };
  if (job.status?.uncountedTerminatedPods !== undefined && semanticEqual(draft, job.status)) return;
  try {
    round.job = context.client.updateStatus<Job>(TYPE, { ...job, status: draft });
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
  }
}
