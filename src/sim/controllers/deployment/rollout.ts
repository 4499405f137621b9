/** One look at one Deployment: what was read, and the writes that every strategy shares (`pkg/controller/deployment/sync.go`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { ApiError } from "../../api/status.ts";
import { findCondition, withoutCondition } from "../conditions.ts";
import { controllerRef } from "../controller-ref.ts";
import { isNamespaceTerminating } from "../pod-control.ts";
import type { ControllerContext } from "../reconciler.ts";
import type { Condition, Deployment, ReplicaSet } from "../shapes.ts";
import { templateHash } from "../template-hash.ts";
import {
  byRevision,
  HASH_LABEL,
  newSetAnnotations,
  newSetReplicas,
  nextRevision,
  replicasOf,
  REVISION,
  sameTemplate,
  scaleAnnotations,
  splitSets,
} from "./replica-sets.ts";

export const COMPONENT = "deployment-controller";
const NAME_LENGTH_MAX = 253;
/** Go's MaxInt32 stands for "no deadline" and "no limit". */
const UNLIMITED = 2_147_483_647;

export interface Rollout {
  context: ControllerContext;
  /** The Deployment as last read or written; its status is what upstream's controller carries along in memory. */
  deployment: Deployment;
  newSet: ReplicaSet | undefined;
  oldSets: ReplicaSet[];
}

export const allSets = (rollout: Rollout): ReplicaSet[] => [...rollout.oldSets, ...(rollout.newSet ? [rollout.newSet] : [])];

export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== UNLIMITED;
}

export function deploymentCondition(type: string, status: Condition["status"], reason: string, message: string, nowMs: number): Condition {
  const now = rfc3339(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** `SetDeploymentCondition`: nothing changes while status and reason stay. */
export function withDeploymentCondition(conditions: readonly Condition[] | undefined, wanted: Condition): Condition[] {
  const found = findCondition(conditions, wanted.type);
  if (found !== undefined && found.status === wanted.status && found.reason === wanted.reason) return [...(conditions ?? [])];
  const lastTransitionTime = found?.status === wanted.status ? found.lastTransitionTime : wanted.lastTransitionTime;
  return [...withoutCondition(conditions, wanted.type), { ...wanted, lastTransitionTime }];
}

export function writeStatus(rollout: Rollout, status: Deployment["status"], annotations?: Record<string, string>): void {
  const { deployment, context } = rollout;
  const metadata = annotations === undefined ? deployment.metadata : { ...deployment.metadata, annotations };
  rollout.deployment = context.client.updateStatus<Deployment>("apps/deployments", { ...deployment, metadata, status });
}

function writeProgress(rollout: Rollout, status: Condition["status"], reason: string, message: string, revision?: string): void {
  const { deployment, context } = rollout;
  const condition = deploymentCondition("Progressing", status, reason, message, context.clock.now());
  const annotations = revision === undefined ? undefined : { ...deployment.metadata.annotations, [REVISION]: revision };
  writeStatus(rollout, { ...deployment.status, conditions: withDeploymentCondition(deployment.status?.conditions, condition) }, annotations);
}

/** So that a Deployment that was paused longer than its deadline is not reported as stuck when it resumes. */
export function notePause(rollout: Rollout): void {
  const { deployment } = rollout;
  if (!hasDeadline(deployment)) return;
  const reason = findCondition(deployment.status?.conditions, "Progressing")?.reason;
  if (reason === "ProgressDeadlineExceeded") return;
  if (deployment.spec.paused && reason !== "DeploymentPaused") writeProgress(rollout, "Unknown", "DeploymentPaused", "Deployment is paused");
  if (!deployment.spec.paused && reason === "DeploymentPaused") writeProgress(rollout, "Unknown", "DeploymentResumed", "Deployment is resumed");
}

/** Brings the new set's annotations, the Deployment's revision and (when `create`) the new set itself into being. */
export function syncNewSet(rollout: Rollout, create: boolean): void {
  const { client } = rollout.context;
  const { deployment, newSet } = rollout;
  const revision = nextRevision(rollout.oldSets);
  if (newSet === undefined) {
    if (create) createNewSet(rollout, revision);
    return;
  }
  const annotations = newSetAnnotations(deployment, newSet.metadata.annotations ?? {}, revision);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if (!semanticEqual(annotations, newSet.metadata.annotations) || minReadySeconds !== (newSet.spec.minReadySeconds ?? 0)) {
    rollout.newSet = client.update<ReplicaSet>("apps/replicasets", {
      ...newSet,
      metadata: { ...newSet.metadata, annotations },
      spec: { ...newSet.spec, minReadySeconds },
    });
  }
  const current = annotations[REVISION] ?? "";
  const isRevisionNew = deployment.metadata.annotations?.[REVISION] !== current;
  if (hasDeadline(deployment) && findCondition(deployment.status?.conditions, "Progressing") === undefined) {
    writeProgress(rollout, "True", "FoundNewReplicaSet", `Found new replica set "${newSet.metadata.name}"`, current);
  } else if (isRevisionNew) {
    writeStatus(rollout, deployment.status, { ...deployment.metadata.annotations, [REVISION]: current });
  }
}

function setName(deploymentName: string, hash: string): string {
  return `${deploymentName.slice(0, NAME_LENGTH_MAX - 1 - hash.length)}-${hash}`;
}

function createNewSet(rollout: Rollout, revision: bigint): void {
  const { client } = rollout.context;
  const { deployment, oldSets } = rollout;
  const { template, selector } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const replicas = newSetReplicas(deployment, oldSets, 0);
  const wanted: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: setName(deployment.metadata.name, hash),
      namespace: deployment.metadata.namespace,
      labels,
      annotations: newSetAnnotations(deployment, undefined, revision),
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas,
      minReadySeconds: deployment.spec.minReadySeconds,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  let isNew = true;
  try {
    rollout.newSet = client.create<ReplicaSet>("apps/replicasets", wanted);
  } catch (error) {
    if (!(error instanceof ApiError) || isNamespaceTerminating(error)) throw error;
    const namesake = error.reason === "AlreadyExists" ? client.get<ReplicaSet>("apps/replicasets", wanted.metadata.namespace, wanted.metadata.name) : undefined;
    if (namesake === undefined) {
      const message = `Failed to create new replica set "${wanted.metadata.name}": ${error.message}`;
      if (hasDeadline(deployment)) writeProgress(rollout, "False", "ReplicaSetCreateError", message);
      client.event(deployment, { type: "Warning", reason: "ReplicaSetCreateError", message, component: COMPONENT });
      throw error;
    }
    const owner = namesake.metadata.ownerReferences?.find((reference) => reference.controller);
    if (owner?.uid !== deployment.metadata.uid || !sameTemplate(namesake.spec.template, template)) {
      // Two templates with one hash: the count makes the next hash another.
      writeStatus(rollout, { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 });
      throw error;
    }
    rollout.newSet = namesake;
    isNew = false;
  }
  if (isNew && replicas > 0) {
    const message = `Scaled up replica set ${wanted.metadata.name} from 0 to ${replicas}`;
    client.event(deployment, { type: "Normal", reason: "ScalingReplicaSet", message, component: COMPONENT });
  }
  if (isNew && hasDeadline(deployment)) {
    writeProgress(rollout, "True", "NewReplicaSetCreated", `Created new replica set "${wanted.metadata.name}"`, String(revision));
  } else if (deployment.metadata.annotations?.[REVISION] !== String(revision)) {
    writeStatus(rollout, deployment.status, { ...deployment.metadata.annotations, [REVISION]: String(revision) });
  }
}

/** Writes the set's size and the annotations that proportional scaling reads later. True when the size changed. */
export function scaleSet(rollout: Rollout, set: ReplicaSet, count: number, force = false): boolean {
  const { client } = rollout.context;
  const { deployment } = rollout;
  const before = replicasOf(set);
  if (!force && before === count) return false;
  const annotations = { ...set.metadata.annotations, ...scaleAnnotations(deployment) };
  if (before === count && semanticEqual(annotations, set.metadata.annotations)) return false;
  const written = client.update<ReplicaSet>("apps/replicasets", { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas: count } });
  if (rollout.newSet?.metadata.uid === set.metadata.uid) rollout.newSet = written;
  else rollout.oldSets = rollout.oldSets.map((old) => (old.metadata.uid === set.metadata.uid ? written : old));
  if (before === count) return false;
  const message = `Scaled ${before < count ? "up" : "down"} replica set ${set.metadata.name} from ${before} to ${count}`;
  client.event(deployment, { type: "Normal", reason: "ScalingReplicaSet", message, component: COMPONENT });
  return true;
}

/** Deletes the oldest empty sets beyond the history limit. */
export function cleanHistory(rollout: Rollout): void {
  const { deployment, context } = rollout;
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit === UNLIMITED) return;
  const alive = rollout.oldSets.filter((set) => set.metadata.deletionTimestamp === undefined).sort(byRevision);
  for (const set of alive.slice(0, Math.max(0, alive.length - limit))) {
    if ((set.status?.replicas ?? 0) !== 0 || replicasOf(set) !== 0) continue;
    if ((set.metadata.generation ?? 0) > (set.status?.observedGeneration ?? 0)) continue;
    try {
      context.client.delete("apps/replicasets", set.metadata.namespace, set.metadata.name);
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
    }
  }
}

export function openRollout(context: ControllerContext, deployment: Deployment, sets: readonly ReplicaSet[]): Rollout {
  return { context, deployment, ...splitSets(deployment, sets) };
}
