/** Changes of a Deployment's size while several ReplicaSets have pods: each takes its share (`scale` in `sync.go`). */
import type { Deployment, ReplicaSet } from "../shapes.ts";
import { activeSets, byCreation, DESIRED_REPLICAS, fenceposts, isRollingUpdate, MAX_REPLICAS, replicasOf, wantedPodCount } from "./replica-sets.ts";
import { allSets, scaleSet, type Rollout } from "./rollout.ts";

/** True when a set with pods was sized for another `spec.replicas`. */
export function isScalingEvent(rollout: Rollout): boolean {
  const wanted = replicasOf(rollout.deployment);
  return activeSets(allSets(rollout)).some((set) => {
    const text = set.metadata.annotations?.[DESIRED_REPLICAS];
    return text !== undefined && /^\d+$/.test(text) && Number(text) !== wanted;
  });
}

function onlyActiveOrLatest(rollout: Rollout): ReplicaSet | undefined {
  const active = activeSets(allSets(rollout));
  if (active.length === 1) return active[0];
  if (active.length > 1) return undefined;
  return rollout.newSet ?? [...rollout.oldSets].sort(byCreation).at(-1);
}

function isSaturated(deployment: Deployment, set: ReplicaSet | undefined): boolean {
  if (set === undefined) return false;
  const wanted = replicasOf(deployment);
  return (
    replicasOf(set) === wanted && Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === wanted && (set.status?.availableReplicas ?? 0) === wanted
  );
}

/** Go's `integer.RoundToInt32`: halves away from zero. */
const round = (value: number): number => (value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5));

function share(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  const size = replicasOf(set);
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = fractionOf(deployment, set, size);
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
}

function fractionOf(deployment: Deployment, set: ReplicaSet, size: number): number {
  const replicas = replicasOf(deployment);
  if (replicas === 0) return -size;
  const text = set.metadata.annotations?.[MAX_REPLICAS];
  let maxBefore = text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
  if (maxBefore === 0) maxBefore = deployment.status?.replicas ?? 0;
  if (maxBefore === 0) return 0;
  return round((size * (replicas + fenceposts(deployment).maxSurge)) / maxBefore) - size;
}

export function scale(rollout: Rollout): void {
  const { deployment } = rollout;
  const replicas = replicasOf(deployment);
  const only = onlyActiveOrLatest(rollout);
  if (only !== undefined) {
    if (replicasOf(only) !== replicas) scaleSet(rollout, only, replicas);
    return;
  }
  if (isSaturated(deployment, rollout.newSet)) {
    for (const old of activeSets(rollout.oldSets)) scaleSet(rollout, old, 0);
    return;
  }
  if (!isRollingUpdate(deployment)) return;
  const sets = activeSets(allSets(rollout));
  const allowed = replicas > 0 ? replicas + fenceposts(deployment).maxSurge : 0;
  const toAdd = allowed - wantedPodCount(sets);
  // The larger first; of equals the newer grows first and the older shrinks first.
  const newerFirst = toAdd > 0 ? -1 : 1;
  if (toAdd !== 0) sets.sort((a, b) => replicasOf(b) - replicasOf(a) || newerFirst * byCreation(a, b));
  let added = 0;
  const sizes = sets.map((set) => {
    const part = share(deployment, set, toAdd, added);
    added += part;
    return replicasOf(set) + part;
  });
  sets.forEach((set, index) => {
    const size = index === 0 && toAdd !== 0 ? Math.max(0, sizes[0]! + toAdd - added) : sizes[index]!;
    scaleSet(rollout, set, size, true);
  });
}
