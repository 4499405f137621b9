/** Rolls a Deployment's template out through its ReplicaSets: rolling update, recreate, pause, scale, history (`pkg/controller/deployment`). */
import { selectorIsEmpty, selectorMatches } from "../../../lib/label-selector.ts";
import { claim, controllerOf, ownerKeys } from "../controller-ref.ts";
import { isPodFinished } from "../pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler, type Upkeep } from "../reconciler.ts";
import { Settled } from "../settled.ts";
import type { Deployment, Pod, ReplicaSet } from "../shapes.ts";
import { activeSets, byCreation, byRevision, fenceposts, isRollingUpdate, newSetReplicas, parseRevision, replicasOf, revisionOf, sameTemplate, statusSum, wantedPodCount } from "./replica-sets.ts";
import { allSets, cleanHistory, COMPONENT, notePause, openRollout, scaleSet, syncNewSet, type Rollout } from "./rollout.ts";
import { isScalingEvent, scale } from "./scale.ts";
import { isComplete, LATE_MS, syncPlainStatus, syncRolloutStatus } from "./status.ts";

const ROLLBACK_TO = "deprecated.deployment.rollback.to";

/** Deployments with their sets, of all clusters, and when to look again all the same: nothing else but the time decides what is to be done. */
const settled = new Settled<{ lateAtMs: number | undefined }>();

export const deploymentController: Reconciler = {
  name: COMPONENT,
  watches: [
    { type: "apps/deployments" },
    {
      type: "apps/replicasets",
      keys(event, { client }) {
        const keys = ownerKeys("Deployment", event.object, event.previous);
        if (keys.length > 0 || controllerOf(event.object) !== undefined || event.type === "DELETED") return keys;
        return client
          .list<Deployment>("apps/deployments", { namespace: event.object.metadata.namespace })
          .filter((deployment) => selectorMatches(deployment.spec.selector, event.object.metadata.labels))
          .map(keyOf);
      },
    },
    {
      // A Recreate rollout waits for the last old pod to go.
      type: "pods",
      keys(event, { client }) {
        if (event.type !== "DELETED") return [];
        const owner = controllerOf(event.object);
        const { namespace } = event.object.metadata;
        const set = owner?.kind === "ReplicaSet" ? client.get<ReplicaSet>("apps/replicasets", namespace, owner.name) : undefined;
        const parent = set && controllerOf(set);
        if (parent?.kind !== "Deployment") return [];
        const deployment = client.get<Deployment>("apps/deployments", namespace, parent.name);
        return deployment?.spec.strategy?.type === "Recreate" ? [`${namespace}/${parent.name}`] : [];
      },
    },
  ],
  sync(key, context) {
    const { client } = context;
    const { namespace, name } = splitKey(key);
    const deployment = client.get<Deployment>("apps/deployments", namespace, name);
    if (deployment === undefined) return;
    const { selector } = deployment.spec;
    if (selectorIsEmpty(selector)) {
      const message = "This deployment is selecting all pods. A non-empty selector is required.";
      client.event(deployment, { type: "Warning", reason: "SelectingAll", message, component: COMPONENT });
      return;
    }
    const candidates = client
      .list<ReplicaSet>("apps/replicasets", { namespace })
      .filter((set) => (controllerOf(set)?.uid ?? deployment.metadata.uid) === deployment.metadata.uid);
    const known = settled.of(deployment, candidates)?.kept;
    const nowMs = context.clock.now();
    if (known !== undefined && (known.lateAtMs === undefined || nowMs < known.lateAtMs)) return known.lateAtMs === undefined ? undefined : known.lateAtMs + LATE_MS - nowMs;
    const sets = claim(client, "apps/replicasets", deployment, candidates, (set) => selectorMatches(selector, set.metadata.labels));
    const rollout = openRollout(context, deployment, sets);
    const again = roll(rollout);
    if (isSettled(rollout, deployment, candidates) && typeof again !== "object") settled.note(rollout.deployment, candidates, { lateAtMs: again === undefined ? undefined : nowMs + again - LATE_MS });
    return again;
  },
};

/** It has one set, with its template, which stays as it is; of the Deployment nothing but the status was written, which says what was seen. */
function isSettled({ deployment, newSet, oldSets }: Rollout, before: Deployment, candidates: readonly ReplicaSet[]): boolean {
  const hasBegun = before.status?.conditions?.some(({ type }) => type === "Progressing") ?? false;
  return hasBegun && isRollingUpdate(before) && before.metadata.deletionTimestamp === undefined && !before.spec.paused && before.metadata.annotations?.[ROLLBACK_TO] === undefined && deployment.metadata.annotations === before.metadata.annotations && candidates.length === 1 && oldSets.length === 0 && newSet === candidates[0];
}

function roll(rollout: Rollout): number | Upkeep | void {
  const { deployment } = rollout;
  if (deployment.metadata.deletionTimestamp !== undefined) {
    syncNewSet(rollout, false);
    return syncPlainStatus(rollout);
  }
  notePause(rollout);
  if (deployment.spec.paused) return resize(rollout);
  if (deployment.metadata.annotations?.[ROLLBACK_TO] !== undefined) return rollBack(rollout);
  if (isScalingEvent(rollout)) return resize(rollout);
  return isRollingUpdate(deployment) ? rolloutRolling(rollout) : rolloutRecreate(rollout);
}

function resize(rollout: Rollout): void {
  syncNewSet(rollout, false);
  scale(rollout);
  if (rollout.deployment.spec.paused) cleanHistory(rollout);
  syncPlainStatus(rollout);
}

function rolloutRolling(rollout: Rollout): number | Upkeep | void {
  syncNewSet(rollout, true);
  if (growNewSet(rollout) || shrinkOldSets(rollout)) return syncRolloutStatus(rollout);
  if (isComplete(rollout.deployment, rollout.deployment.status)) cleanHistory(rollout);
  return syncRolloutStatus(rollout);
}

function growNewSet(rollout: Rollout): boolean {
  const { deployment, newSet } = rollout;
  if (newSet === undefined) return false;
  const replicas = replicasOf(deployment);
  const count = replicasOf(newSet);
  if (count === replicas) return false;
  return scaleSet(rollout, newSet, count > replicas ? replicas : newSetReplicas(deployment, allSets(rollout), count));
}

function shrinkOldSets(rollout: Rollout): boolean {
  const { deployment, newSet } = rollout;
  if (newSet === undefined || wantedPodCount(rollout.oldSets) === 0) return false;
  const minAvailable = replicasOf(deployment) - fenceposts(deployment).maxUnavailable;
  const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0);
  const budget = wantedPodCount(allSets(rollout)) - minAvailable - newUnavailable;
  if (budget <= 0) return false;
  const cleaned = dropUnhealthy(rollout, budget);
  return dropAvailable(rollout, minAvailable) + cleaned > 0;
}

/** Unhealthy old pods go first: that makes nothing worse, and without it they could block the rollout for ever. */
function dropUnhealthy(rollout: Rollout, countMax: number): number {
  let dropped = 0;
  for (const set of activeSets(rollout.oldSets).sort(byCreation)) {
    if (dropped >= countMax) break;
    const unhealthy = replicasOf(set) - (set.status?.availableReplicas ?? 0);
    if (unhealthy <= 0) continue;
    const count = Math.min(countMax - dropped, unhealthy);
    scaleSet(rollout, set, replicasOf(set) - count);
    dropped += count;
  }
  return dropped;
}

function dropAvailable(rollout: Rollout, minAvailable: number): number {
  const spare = statusSum(allSets(rollout), "availableReplicas") - minAvailable;
  let dropped = 0;
  for (const set of activeSets(rollout.oldSets).sort(byCreation)) {
    if (dropped >= spare) break;
    const count = Math.min(replicasOf(set), spare - dropped);
    scaleSet(rollout, set, replicasOf(set) - count);
    dropped += count;
  }
  return dropped;
}

function rolloutRecreate(rollout: Rollout): number | Upkeep | void {
  syncNewSet(rollout, false);
  let isScaledDown = false;
  for (const set of activeSets(rollout.oldSets)) isScaledDown = scaleSet(rollout, set, 0) || isScaledDown;
  if (isScaledDown || areOldPodsRunning(rollout)) return syncRolloutStatus(rollout);
  if (rollout.newSet === undefined) syncNewSet(rollout, true);
  if (rollout.newSet !== undefined) scaleSet(rollout, rollout.newSet, replicasOf(rollout.deployment));
  if (isComplete(rollout.deployment, rollout.deployment.status)) cleanHistory(rollout);
  return syncRolloutStatus(rollout);
}

function areOldPodsRunning({ oldSets, context }: Rollout): boolean {
  if (statusSum(oldSets, "replicas") > 0) return true;
  return oldSets.some((set) => context.client.controlledBy<Pod>("pods", set.metadata.uid ?? "").some((pod) => !isPodFinished(pod)));
}

/** The annotation that clients of the old rollback subresource leave; kubectl itself patches the template. */
function rollBack(rollout: Rollout): void {
  const { client }: ControllerContext = rollout.context;
  syncNewSet(rollout, true);
  const sets = allSets(rollout);
  const { [ROLLBACK_TO]: text = "", ...annotations } = rollout.deployment.metadata.annotations ?? {};
  const revision = parseRevision(text) || ([...sets].sort(byRevision).map(revisionOf).at(-2) ?? 0n);
  const target = revision === 0n ? undefined : sets.find((set) => revisionOf(set) === revision);
  const tell = (type: "Normal" | "Warning", reason: string, message: string): void =>
    client.event(rollout.deployment, { type, reason, message, component: COMPONENT });
  const { deployment } = rollout;
  const cleared: Deployment = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  if (target === undefined) {
    tell("Warning", "DeploymentRollbackRevisionNotFound", revision === 0n ? "Unable to find last revision." : "Unable to find the revision to rollback to.");
  } else if (sameTemplate(target.spec.template, deployment.spec.template)) {
    const message = `The rollback revision contains the same template as current deployment "${deployment.metadata.name}"`;
    tell("Warning", "DeploymentRollbackTemplateUnchanged", message);
  } else {
    const { "pod-template-hash": _hash, ...labels } = target.spec.template.metadata?.labels ?? {};
    cleared.spec = { ...deployment.spec, template: { ...target.spec.template, metadata: { ...target.spec.template.metadata, labels } } };
    tell("Normal", "DeploymentRollback", `Rolled back deployment "${deployment.metadata.name}" to revision ${revision}`);
  }
  client.update("apps/deployments", cleared);
}
