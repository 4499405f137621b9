/** Starts Jobs by a schedule, one per time at most, and keeps the last few (`pkg/controller/cronjob/cronjob_controllerv2.go`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { parseRfc3339, rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject, ObjectMeta } from "../../../objects/kube-object.ts";
import { ApiError } from "../../api/status.ts";
import { controllerRef, isControlledBy, ownerKeys } from "../controller-ref.ts";
import { finishedCondition, type Job } from "../job/job-shape.ts";
import { isNamespaceTerminating } from "../pod-control.ts";
import { splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import { dueSchedule, parseSchedule, type Schedule } from "./schedule.ts";

const COMPONENT = "cronjob-controller";
const TYPE = "batch/cronjobs";
const JOBS = "batch/jobs";
const SCHEDULED_TIMESTAMP = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** Woken a little after the time, not before (`nextScheduleDelta`). */
const WAKE_DELAY_MS = 100;

interface JobReference {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid: string;
  resourceVersion?: string;
}

export interface CronJob extends KubeObject {
  spec: {
    schedule: string;
    timeZone?: string;
    startingDeadlineSeconds?: number;
    concurrencyPolicy?: string;
    suspend?: boolean;
    jobTemplate: { metadata?: Partial<ObjectMeta>; spec: Job["spec"] };
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
  };
  status?: { active?: JobReference[]; lastScheduleTime?: string; lastSuccessfulTime?: string };
}

interface Round {
  context: ControllerContext;
  cronJob: CronJob;
  jobs: readonly Job[];
  active: JobReference[];
  lastScheduleTime: string | undefined;
  lastSuccessfulTime: string | undefined;
}

export const cronJobController: Reconciler = {
  name: COMPONENT,
  watches: [{ type: TYPE }, { type: JOBS, keys: ({ object, previous }) => ownerKeys("CronJob", object, previous) }],
  sync(key, context) {
    const { client } = context;
    const { namespace, name } = splitKey(key);
    const cronJob = client.get<CronJob>(TYPE, namespace, name);
    if (cronJob === undefined) return;
    const round: Round = {
      context,
      cronJob,
      jobs: client.controlledBy<Job>(JOBS, cronJob.metadata.uid ?? ""),
      active: [...(cronJob.status?.active ?? [])],
      lastScheduleTime: cronJob.status?.lastScheduleTime,
      lastSuccessfulTime: cronJob.status?.lastSuccessfulTime,
    };
    followJobs(round);
    try {
      return cronJob.metadata.deletionTimestamp === undefined ? runSchedule(round) : undefined;
    } finally {
      trimHistory(round);
      writeStatus(round);
    }
  },
};

function tell({ context, cronJob }: Round, type: "Normal" | "Warning", reason: string, message: string): void {
  context.client.event(cronJob, { type, reason, message, component: COMPONENT });
}

function followJobs(round: Round): void {
  for (const job of round.jobs) {
    const { uid, name } = job.metadata;
    const isListed = round.active.some((reference) => reference.uid === uid);
    const condition = finishedCondition(job);
    if (condition === undefined) {
      if (!isListed) tell(round, "Warning", "UnexpectedJob", `Saw a job that the controller did not create or forgot: ${name}`);
      continue;
    }
    if (isListed) {
      round.active = round.active.filter((reference) => reference.uid !== uid);
      tell(round, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${condition.type}`);
    }
    const { completionTime } = job.status ?? {};
    if (condition.type === "Complete" && completionTime !== undefined && (round.lastSuccessfulTime === undefined || completionTime > round.lastSuccessfulTime)) {
      round.lastSuccessfulTime = completionTime;
    }
  }
  for (const reference of [...round.active]) {
    if (round.jobs.some(({ metadata }) => metadata.uid === reference.uid)) continue;
    if (round.context.client.get(JOBS, reference.namespace, reference.name) !== undefined) continue;
    tell(round, "Normal", "MissingJob", `Active job went missing: ${reference.name}`);
    round.active = round.active.filter(({ uid }) => uid !== reference.uid);
  }
}

function scheduleOf(round: Round): Schedule | undefined {
  const { schedule, timeZone } = round.cronJob.spec;
  try {
    return parseSchedule(schedule, timeZone);
  } catch (error) {
    tell(round, "Warning", "UnparseableSchedule", `unparseable schedule: "${schedule}" : ${(error as Error).message}`);
    return undefined;
  }
}

/** Returns when to look again. */
function runSchedule(round: Round): number | void {
  const { context, cronJob } = round;
  const { spec, metadata } = cronJob;
  if (spec.suspend) return;
  const schedule = scheduleOf(round);
  if (schedule === undefined) return;
  const nowMs = context.clock.now();
  const deadlineMs = spec.startingDeadlineSeconds === undefined ? undefined : spec.startingDeadlineSeconds * 1000;
  const sinceMs = parseRfc3339(round.lastScheduleTime) ?? parseRfc3339(metadata.creationTimestamp) ?? nowMs;
  const due = dueSchedule(schedule, sinceMs, nowMs, deadlineMs);
  const nextMs = schedule.next(nowMs);
  const againMs = nextMs === undefined ? undefined : nextMs - nowMs + WAKE_DELAY_MS;
  if (due === undefined) return againMs;
  if (due.isManyMissed) {
    tell(round, "Warning", "TooManyMissedTimes", "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
  }
  if (deadlineMs !== undefined && due.atMs + deadlineMs < nowMs) {
    tell(round, "Warning", "MissSchedule", `Missed scheduled time to start a job: ${new Date(due.atMs).toUTCString().replace("GMT", "+0000")}`);
    return againMs;
  }
  const name = `${metadata.name}-${Math.floor(due.atMs / 60_000)}`;
  if (round.active.some((reference) => reference.name === name) || round.lastScheduleTime === rfc3339(due.atMs)) return againMs;
  if (spec.concurrencyPolicy === "Forbid" && round.active.length > 0) {
    tell(round, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
    return againMs;
  }
  if (spec.concurrencyPolicy === "Replace") for (const reference of [...round.active]) replace(round, reference);
  if (startJob(round, name, due.atMs)) round.lastScheduleTime = rfc3339(due.atMs);
  return againMs;
}

function replace(round: Round, reference: JobReference): void {
  deleteJob(round, reference.name);
  round.active = round.active.filter(({ uid }) => uid !== reference.uid);
}

function deleteJob(round: Round, name: string): void {
  try {
    round.context.client.delete(JOBS, round.cronJob.metadata.namespace, name, { propagationPolicy: "Background" });
    tell(round, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason !== "NotFound") tell(round, "Warning", "FailedDelete", `Deleted job: ${error.message}`);
  }
}

function startJob(round: Round, name: string, atMs: number): boolean {
  const { context, cronJob } = round;
  const { namespace } = cronJob.metadata;
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const wanted: Job = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace,
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata?.annotations, [SCHEDULED_TIMESTAMP]: rfc3339(atMs) },
      ownerReferences: [controllerRef(cronJob)],
    },
    spec,
  };
  let job: Job;
  try {
    job = context.client.create<Job>(JOBS, wanted);
    tell(round, "Normal", "SuccessfulCreate", `Created job ${name}`);
  } catch (error) {
    if (!(error instanceof ApiError) || isNamespaceTerminating(error)) throw error;
    const found = error.reason === "AlreadyExists" ? context.client.get<Job>(JOBS, namespace, name) : undefined;
    if (found === undefined) {
      tell(round, "Warning", "FailedCreate", `Error creating job: ${error.message}`);
      throw error;
    }
    if (!isControlledBy(found, cronJob) || finishedCondition(found) !== undefined) return isControlledBy(found, cronJob);
    job = found;
  }
  const { uid = "", resourceVersion } = job.metadata;
  round.active.push({ apiVersion: "batch/v1", kind: "Job", namespace, name, uid, resourceVersion });
  return true;
}

function trimHistory(round: Round): void {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = round.cronJob.spec;
  const byStart = (a: Job, b: Job): number => (a.status?.startTime ?? "").localeCompare(b.status?.startTime ?? "") || (a.metadata.name < b.metadata.name ? -1 : 1);
  for (const [type, limit] of [["Complete", successfulJobsHistoryLimit], ["Failed", failedJobsHistoryLimit]] as const) {
    const done = round.jobs.filter((job) => finishedCondition(job)?.type === type && job.metadata.deletionTimestamp === undefined).sort(byStart);
    for (const job of done.slice(0, Math.max(0, done.length - limit))) deleteJob(round, job.metadata.name);
  }
}

function writeStatus({ context, cronJob, active, lastScheduleTime, lastSuccessfulTime }: Round): void {
  const status: CronJob["status"] = {
    ...(active.length > 0 ? { active } : {}),
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  };
  const current = context.client.get<CronJob>(TYPE, cronJob.metadata.namespace, cronJob.metadata.name);
  if (current !== undefined && !semanticEqual(status, cronJob.status)) context.client.updateStatus<CronJob>(TYPE, { ...current, status });
}
