/** Creates and deletes a Job's pods until as many run as it wants now (`manageJob`). */
import type { ControllerContext } from "../reconciler.ts";
import { createPod, deletePod, podFromTemplate, slowStart } from "../pod-control.ts";
import { inDeletionOrder } from "../replica-set-pods.ts";
import type { Container, Pod } from "../shapes.ts";
import type { ApiError } from "../../api/status.ts";
import { COMPLETION_INDEX, indexOf } from "./indexes.ts";
import { isIndexed, type Job } from "./job-shape.ts";
import { nextFailureCounts } from "./pod-outcome.ts";

export const COMPONENT = "job-controller";
export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";
/** Pods created or deleted in one sync at most (`MaxPodCreateDeletePerSync`). */
export const POD_COUNT_PER_SYNC_MAX = 500;
const NAME_LENGTH_MAX = 63 - 5;

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;

export function untrack({ client }: ControllerContext, pod: Pod): void {
  const { namespace, name, uid } = pod.metadata;
  const current = client.get<Pod>("pods", namespace, name);
  if (current === undefined || current.metadata.uid !== uid || !isTracked(current)) return;
  const finalizers = (current.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING_FINALIZER);
  client.patch("pods", namespace, name, { metadata: { finalizers: finalizers.length > 0 ? finalizers : null } });
}

function withIndexVariable(container: Container): Container {
  const env = (container["env"] as { name: string }[] | undefined) ?? [];
  if (env.some(({ name }) => name === "JOB_COMPLETION_INDEX")) return container;
  const fieldRef = { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` };
  return { ...container, env: [...env, { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef } }] };
}

function podFor(job: Job, index: number | undefined, lastFailed: Pod | undefined): Pod {
  const pod = podFromTemplate(job.spec.template, job);
  const finalizers = [...(pod.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING_FINALIZER), TRACKING_FINALIZER];
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } };
  const text = String(index);
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      finalizers,
      generateName: `${job.metadata.name.slice(0, NAME_LENGTH_MAX - text.length - 2)}-${text}-`,
      labels: { ...pod.metadata.labels, [COMPLETION_INDEX]: text },
      annotations: {
        ...pod.metadata.annotations,
        [COMPLETION_INDEX]: text,
        ...(job.spec.backoffLimitPerIndex === undefined ? {} : nextFailureCounts(job, lastFailed)),
      },
    },
    spec: {
      ...pod.spec,
      hostname: `${job.metadata.name}-${text}`,
      containers: pod.spec.containers.map(withIndexVariable),
      ...(pod.spec.initContainers ? { initContainers: pod.spec.initContainers.map(withIndexVariable) } : {}),
    },
  };
}

/** One pod per entry; an entry is the completion index, or undefined. Returns how many were made. */
export function createPods({ client }: ControllerContext, job: Job, indexes: readonly (number | undefined)[], lastFailed: ReadonlyMap<number, Pod>): { successCount: number; error?: ApiError } {
  return slowStart(indexes.length, (i) => {
    const index = indexes[i];
    createPod(client, podFor(job, index, index === undefined ? undefined : lastFailed.get(index)), job, COMPONENT);
  });
}

/** Which active pods go when `countMin` must: first those whose index is taken twice or no longer wanted. */
export function podsToRemove(job: Job, active: readonly Pod[], countMin: number, nowMs: number): Pod[] {
  const rest: Pod[] = [];
  const doomed: Pod[] = [];
  if (isIndexed(job)) {
    const byIndex = new Map<number, Pod[]>();
    for (const pod of active) {
      const index = indexOf(pod);
      if (index === undefined || index >= (job.spec.completions ?? 0)) doomed.push(pod);
      else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
    }
    for (const pods of byIndex.values()) {
      const sorted = inDeletionOrder(pods, [], nowMs);
      doomed.push(...sorted.slice(0, -1));
      rest.push(sorted.at(-1)!);
    }
  } else rest.push(...active);
  const missing = countMin - doomed.length;
  return missing > 0 ? [...doomed, ...inDeletionOrder(rest, [], nowMs).slice(0, missing)] : doomed;
}

/** Deletes pods that shall not count as failed: they are released first. */
export function dropPods(context: ControllerContext, job: Job, pods: readonly Pod[]): void {
  for (const pod of pods) {
    untrack(context, pod);
    deletePod(context.client, pod, job, COMPONENT);
  }
}
