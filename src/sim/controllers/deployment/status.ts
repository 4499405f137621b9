/** A Deployment's status and its judgement of progress (`progress.go`, `calculateStatus`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { parseRfc3339 } from "../../../lib/rfc3339.ts";
import { findCondition, withoutCondition } from "../conditions.ts";
import { omitZero } from "../omit-zero.ts";
import type { Upkeep } from "../reconciler.ts";
import type { Condition, Deployment } from "../shapes.ts";
import { fenceposts, replicasOf, statusSum, terminatingSum, wantedPodCount } from "./replica-sets.ts";
import { allSets, deploymentCondition, hasDeadline, withDeploymentCondition, writeStatus, type Rollout } from "./rollout.ts";

type Status = NonNullable<Deployment["status"]>;

const ROLLED_OUT = "NewReplicaSetAvailable";
const LATE_LOOK_MS = 10_000;
/** So much after a deadline it is looked at, so that whole-second times cannot make that early. */
export const LATE_MS = 1_000;

export function isComplete(deployment: Deployment, status: Status | undefined): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status?.updatedReplicas ?? 0) === replicas &&
    (status?.replicas ?? 0) === replicas &&
    (status?.availableReplicas ?? 0) === replicas &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(before: Status | undefined, after: Status): boolean {
  const oldCount = (status: Status | undefined): number => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    oldCount(after) < oldCount(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

function calculate(rollout: Rollout): Status {
  const { deployment, context } = rollout;
  const sets = allSets(rollout);
  const availableReplicas = statusSum(sets, "availableReplicas");
  const isAvailable = availableReplicas >= replicasOf(deployment) - fenceposts(deployment).maxUnavailable;
  const available = isAvailable
    ? deploymentCondition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", context.clock.now())
    : deploymentCondition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", context.clock.now());
  const terminatingReplicas = terminatingSum(sets);
  return {
    ...omitZero({
      observedGeneration: deployment.metadata.generation,
      replicas: statusSum(sets, "replicas"),
      updatedReplicas: rollout.newSet?.status?.replicas,
      readyReplicas: statusSum(sets, "readyReplicas"),
      availableReplicas,
      unavailableReplicas: Math.max(0, wantedPodCount(sets) - availableReplicas),
      collisionCount: deployment.status?.collisionCount,
    }),
    ...(terminatingReplicas === undefined ? {} : { terminatingReplicas }),
    conditions: withDeploymentCondition(deployment.status?.conditions, available),
  };
}

/** The status without a judgement of progress: while paused, scaling or being deleted. */
export function syncPlainStatus(rollout: Rollout): void {
  const status = calculate(rollout);
  if (!semanticEqual(rollout.deployment.status, status)) writeStatus(rollout, status);
}

function isTimedOut(deployment: Deployment, status: Status, nowMs: number): boolean {
  const condition = findCondition(status.conditions, "Progressing");
  if (condition === undefined || condition.reason === ROLLED_OUT) return false;
  if (condition.reason === "ProgressDeadlineExceeded") return true;
  const fromMs = parseRfc3339(condition.lastUpdateTime) ?? nowMs;
  return fromMs + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 < nowMs;
}

function judgeProgress(rollout: Rollout, status: Status): void {
  const { deployment, newSet, context } = rollout;
  const nowMs = context.clock.now();
  const current = findCondition(deployment.status?.conditions, "Progressing");
  if (!hasDeadline(deployment)) {
    status.conditions = withoutCondition(status.conditions, "Progressing");
    return;
  }
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === ROLLED_OUT) return;
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const set = (value: Condition["status"], reason: string, message: string): Condition =>
    deploymentCondition("Progressing", value, reason, message, nowMs);
  if (isComplete(deployment, status)) {
    status.conditions = withDeploymentCondition(status.conditions, set("True", ROLLED_OUT, `${subject} has successfully progressed.`));
  } else if (isProgressing(deployment.status, status)) {
    const condition = set("True", "ReplicaSetUpdated", `${subject} is progressing.`);
    if (current?.status === "True") condition.lastTransitionTime = current.lastTransitionTime;
    status.conditions = [...withoutCondition(status.conditions, "Progressing"), condition];
  } else if (isTimedOut(deployment, status, nowMs)) {
    status.conditions = withDeploymentCondition(status.conditions, set("False", "ProgressDeadlineExceeded", `${subject} has timed out progressing.`));
  }
}

function replicaFailure(rollout: Rollout): Condition | undefined {
  for (const set of [rollout.newSet, ...rollout.oldSets]) {
    const failure = findCondition(set?.status?.conditions, "ReplicaFailure");
    if (failure !== undefined) return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}

/** The status during a rollout; returns when to look again for a deadline that may pass. */
export function syncRolloutStatus(rollout: Rollout): number | Upkeep | void {
  const status = calculate(rollout);
  judgeProgress(rollout, status);
  const failure = replicaFailure(rollout);
  status.conditions = failure ? withDeploymentCondition(status.conditions, failure) : withoutCondition(status.conditions, "ReplicaFailure");
  if (!semanticEqual(rollout.deployment.status, status)) writeStatus(rollout, status);
  return deadlineInMs(rollout.deployment, status, rollout.context.clock.now());
}

function deadlineInMs(deployment: Deployment, status: Status, nowMs: number): number | Upkeep | undefined {
  const condition = findCondition(deployment.status?.conditions, "Progressing");
  if (!hasDeadline(deployment) || condition === undefined) return undefined;
  if (isComplete(deployment, status) || condition.reason === "ProgressDeadlineExceeded") return undefined;
  const fromMs = parseRfc3339(condition.lastUpdateTime) ?? nowMs;
  const leftMs = fromMs + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 - nowMs;
  // A rollout that was complete is never called late: upstream looks at it again and again, and finds that.
  if (leftMs <= 0 && condition.reason === ROLLED_OUT) return { upkeepMs: LATE_LOOK_MS };
  return Math.max(0, leftMs) + LATE_MS;
}
