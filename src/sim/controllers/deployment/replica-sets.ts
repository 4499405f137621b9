/** A Deployment's ReplicaSets: which is new, which are old, revisions, annotations, fenceposts (`pkg/controller/deployment/util`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { scaledValue } from "../../../lib/int-or-percent.ts";
import type { Deployment, PodTemplate, ReplicaSet } from "../shapes.ts";

export const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** Characters that the list of earlier revisions may take (`maxRevHistoryLengthInChars`). */
const REVISION_HISTORY_LENGTH_MAX = 2000;

const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

export const replicasOf = (set: ReplicaSet | Deployment): number => set.spec.replicas ?? 1;

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type === "RollingUpdate";
}

/** Surge rounds up, unavailable down; both zero would block for ever, so that one may then be missing. */
export function fenceposts(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = replicasOf(deployment);
  const { rollingUpdate } = deployment.spec.strategy ?? {};
  const maxSurge = scaledValue(rollingUpdate?.maxSurge, replicas, "up") ?? 0;
  let maxUnavailable = scaledValue(rollingUpdate?.maxUnavailable, replicas, "down") ?? 0;
  if (maxSurge === 0 && maxUnavailable === 0) maxUnavailable = 1;
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

function templateWithoutHash(template: PodTemplate): unknown {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { metadata: { ...template.metadata, labels }, spec: template.spec };
}

/** What was found the same last stays the same: neither of the two changes. */
const alike = new WeakMap<PodTemplate, PodTemplate>();

export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  if (alike.get(a) === b) return true;
  const isSame = semanticEqual(templateWithoutHash(a), templateWithoutHash(b));
  if (isSame) alike.set(a, b);
  return isSame;
}

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const timeA = a.metadata.creationTimestamp ?? "";
  const timeB = b.metadata.creationTimestamp ?? "";
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** The oldest set with the Deployment's template, and all the others. */
export function splitSets(deployment: Deployment, sets: readonly ReplicaSet[]): { newSet: ReplicaSet | undefined; oldSets: ReplicaSet[] } {
  const newSet = [...sets].sort(byCreation).find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { newSet, oldSets: sets.filter((set) => set !== newSet) };
}

/** A revision is a 64-bit number: an adopted set may come with any. */
export function revisionOf(set: ReplicaSet): bigint {
  return parseRevision(set.metadata.annotations?.[REVISION]);
}

export function parseRevision(text: string | undefined): bigint {
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : 0n;
}

export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const left = revisionOf(a);
  const right = revisionOf(b);
  return left === right ? byCreation(a, b) : left < right ? -1 : 1;
}

export function nextRevision(oldSets: readonly ReplicaSet[]): bigint {
  return oldSets.map(revisionOf).reduce((max, revision) => (revision > max ? revision : max), 0n) + 1n;
}

function historyWith(history: string, oldRevision: string): string {
  if (history === "") return oldRevision;
  const revisions = history.split(",");
  let length = history.length + oldRevision.length + 1;
  let start = 0;
  while (length > REVISION_HISTORY_LENGTH_MAX && start < revisions.length) length -= revisions[start++]!.length + 1;
  return [...revisions.slice(start), oldRevision].join(",");
}

export function scaleAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = replicasOf(deployment);
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + fenceposts(deployment).maxSurge) };
}

/** The annotations the new set should have: the Deployment's own, its revision, and the revisions it had before. */
export function newSetAnnotations(deployment: Deployment, existing: Readonly<Record<string, string>> | undefined, revision: bigint): Record<string, string> {
  const annotations: Record<string, string> = { ...existing };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!NOT_COPIED.has(key)) annotations[key] = value;
  const oldText = annotations[REVISION];
  if (parseRevision(oldText) < revision) {
    annotations[REVISION] = String(revision);
    if (oldText !== undefined) annotations[REVISION_HISTORY] = historyWith(annotations[REVISION_HISTORY] ?? "", oldText);
  }
  return existing === undefined ? { ...annotations, ...scaleAnnotations(deployment) } : annotations;
}

export const activeSets = (sets: readonly ReplicaSet[]): ReplicaSet[] => sets.filter((set) => replicasOf(set) > 0);

export const wantedPodCount = (sets: readonly ReplicaSet[]): number => sets.reduce((sum, set) => sum + replicasOf(set), 0);

export function statusSum(sets: readonly ReplicaSet[], field: "replicas" | "readyReplicas" | "availableReplicas"): number {
  return sets.reduce((sum, set) => sum + (set.status?.[field] ?? 0), 0);
}

/** Undefined while a set that was synced has not reported its own. */
export function terminatingSum(sets: readonly ReplicaSet[]): number | undefined {
  let sum = 0;
  for (const set of sets) {
    const { terminatingReplicas, observedGeneration } = set.status ?? {};
    if (terminatingReplicas === undefined && (observedGeneration ?? 0) !== 0) return undefined;
    sum += terminatingReplicas ?? 0;
  }
  return sum;
}

export function newSetReplicas(deployment: Deployment, allSets: readonly ReplicaSet[], newSetCount: number): number {
  const replicas = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return replicas;
  const room = replicas + fenceposts(deployment).maxSurge - wantedPodCount(allSets);
  return room <= 0 ? newSetCount : newSetCount + Math.min(room, replicas - newSetCount);
}
