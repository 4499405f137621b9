/** Pods with a name and a volume each, made in order and replaced in reverse (`pkg/controller/statefulset`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { selectorMatches } from "../../../lib/label-selector.ts";
import { ApiError } from "../../api/status.ts";
import { listRevisions, revisionFor, truncateHistory } from "../controller-history.ts";
import { claim, controllerOf, ownerKeys } from "../controller-ref.ts";
import { omitZero } from "../omit-zero.ts";
import { OrphanIndex } from "../orphan-index.ts";
import { slowStart } from "../pod-control.ts";
import { isPodAvailable, isPodFinished, isPodReady, isTerminating, nextAvailabilityMs } from "../pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { ControllerRevision, Pod, StatefulSet } from "../shapes.ts";
import { areClaimsStale, createClaims, syncClaimOwners } from "./claims.ts";
import { identityMatches, isInRange, newPod, ordinalOf, parentAndOrdinal, replicasOf, revisionOf, startOrdinal, storageMatches, withIdentity } from "./identity.ts";

const COMPONENT = "statefulset-controller";
const TYPE = "apps/statefulsets";

export function statefulSetController(): Reconciler {
  const orphans = new OrphanIndex();
  return {
    name: COMPONENT,
    watches: [
      { type: TYPE },
      {
        type: "pods",
        keys(event, { client }) {
          orphans.observe(event);
          const keys = ownerKeys("StatefulSet", event.object, event.previous);
          if (keys.length > 0 || controllerOf(event.object) !== undefined || event.type === "DELETED") return keys;
          return client
            .list<StatefulSet>(TYPE, { namespace: event.object.metadata.namespace })
            .filter((set) => selectorMatches(set.spec.selector, event.object.metadata.labels))
            .map(keyOf);
        },
      },
    ],
    sync(key, context) {
      const { client, clock } = context;
      const { namespace, name } = splitKey(key);
      const set = client.get<StatefulSet>(TYPE, namespace, name);
      if (set === undefined) return;
      const candidates = [...client.controlledBy<Pod>("pods", set.metadata.uid ?? ""), ...orphans.in(namespace, client)];
      const pods = claim(client, "pods", set, candidates, (pod) => selectorMatches(set.spec.selector, pod.metadata.labels) && parentAndOrdinal(pod.metadata.name).parent === name);
      const round = observe(context, set, pods);
      try {
        reconcile(round);
      } finally {
        writeStatus(round);
        const live = new Set([round.current.metadata.name, round.update.metadata.name, ...pods.map(revisionOf)]);
        truncateHistory(client, round.revisions, (revision) => live.has(revision.metadata.name), set.spec.revisionHistoryLimit ?? 10);
      }
      return nextAvailabilityMs(pods, set.spec.minReadySeconds ?? 0, clock.now());
    },
  };
}

/** One look at one set: its pods by place, its revisions. */
interface Round {
  context: ControllerContext;
  set: StatefulSet;
  revisions: ControllerRevision[];
  current: ControllerRevision;
  update: ControllerRevision;
  collisionCount: number;
  /** One per wanted ordinal; those without a phase are still to be created. */
  replicas: Pod[];
  /** Beyond the wanted range, highest first. */
  condemned: Pod[];
  /** Pods deleted for an update in this round: no longer counted as current. */
  replacedCount: number;
}

const isCreated = (pod: Pod): boolean => pod.status?.phase !== undefined;

function observe(context: ControllerContext, set: StatefulSet, pods: readonly Pod[]): Round {
  const revisions = listRevisions(context.client, set);
  const { revision: update, collisionCount } = revisionFor(context.client, set, revisions, set.status?.collisionCount ?? 0);
  const current = revisions.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
  const first = startOrdinal(set);
  const replicas = Array.from({ length: replicasOf(set) }, (_, index) => {
    return pods.find((pod) => ordinalOf(pod) === first + index) ?? newPod(set, current, update, first + index);
  });
  const condemned = pods.filter((pod) => !isInRange(set, pod)).sort((a, b) => ordinalOf(b) - ordinalOf(a));
  return { context, set, revisions, current, update, collisionCount: collisionCount ?? 0, replicas, condemned, replacedCount: 0 };
}

function isUnavailable({ context, set }: Round, pod: Pod): boolean {
  return isTerminating(pod) || !isPodAvailable(pod, set.spec.minReadySeconds ?? 0, context.clock.now());
}

function reconcile(round: Round): void {
  const { set, replicas, condemned } = round;
  if (set.metadata.deletionTimestamp !== undefined) return;
  const firstUnhealthy = [...replicas, ...[...condemned].reverse()].find((pod) => isUnavailable(round, pod));
  const inOrder = set.spec.podManagementPolicy !== "Parallel";
  if (runForAll(replicas, inOrder, (pod) => processReplica(round, pod, inOrder))) return;
  for (const pod of condemned) syncClaimOwners(round.context.client, set, pod);
  if (runForAll(condemned, inOrder, (pod) => processCondemned(round, pod, firstUnhealthy, inOrder))) return;
  replaceOutdated(round);
}

/** In order: one after the other until one says stop. Otherwise all, in growing batches. True when the round ends here. */
function runForAll(pods: readonly Pod[], inOrder: boolean, process: (pod: Pod) => boolean): boolean {
  if (inOrder) return pods.some(process);
  const { error } = slowStart(pods.length, (index) => void process(pods[index]!));
  if (error !== undefined) throw error;
  return false;
}

function processReplica(round: Round, pod: Pod, inOrder: boolean): boolean {
  const { context, set } = round;
  const { client } = context;
  if (isPodFinished(pod)) {
    // One of that name must go before the next can come.
    if (!isTerminating(pod)) remove(round, pod);
    return true;
  }
  if (!isCreated(pod)) {
    if (areClaimsStale(client, set, pod)) return true;
    create(round, pod);
    return inOrder;
  }
  if (pod.status?.phase === "Pending") createClaims(client, set, pod);
  if (inOrder && isUnavailable(round, pod)) return true;
  if (inOrder && !(pod.status?.phase === "Running" && isPodReady(pod))) return true;
  syncClaimOwners(client, set, pod);
  if (!identityMatches(pod) || !storageMatches(set, pod)) {
    createClaims(client, set, pod);
    client.update("pods", withIdentity(set, pod));
  }
  return false;
}

function processCondemned(round: Round, pod: Pod, firstUnhealthy: Pod | undefined, inOrder: boolean): boolean {
  if (isTerminating(pod)) return inOrder;
  if (inOrder && isUnavailable(round, pod) && pod !== firstUnhealthy) return true;
  remove(round, pod);
  return true;
}

/** From the highest ordinal down to the partition: one outdated pod at a time, and only while the ones above it are available. */
function replaceOutdated(round: Round): void {
  const { set, replicas, update } = round;
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === "OnDelete") return;
  for (let target = replicas.length - 1; target >= (rollingUpdate?.partition ?? 0); target--) {
    const pod = replicas[target]!;
    if (revisionOf(pod) !== update.metadata.name && !isTerminating(pod)) {
      if (!isCreated(pod)) return;
      remove(round, pod);
      round.replacedCount++;
      return;
    }
    if (isUnavailable(round, pod)) return;
  }
}

function tell({ context, set }: Round, verb: "Create" | "Delete", pod: Pod, error?: ApiError): void {
  const subject = `${verb} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
  context.client.event(
    set,
    error === undefined
      ? { type: "Normal", reason: `Successful${verb}`, message: `${subject} successful`, component: COMPONENT }
      : { type: "Warning", reason: `Failed${verb}`, message: `${subject} failed error: ${error.message}`, component: COMPONENT },
  );
}

function create(round: Round, pod: Pod): void {
  const { client } = round.context;
  try {
    createClaims(client, round.set, pod);
    client.create<Pod>("pods", pod);
  } catch (error) {
    if (error instanceof ApiError && error.reason !== "AlreadyExists") tell(round, "Create", pod, error);
    throw error;
  }
  tell(round, "Create", pod);
  syncClaimOwners(client, round.set, pod);
}

function remove(round: Round, pod: Pod): void {
  try {
    round.context.client.delete("pods", pod.metadata.namespace, pod.metadata.name);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason !== "NotFound") {
      tell(round, "Delete", pod, error);
      throw error;
    }
  }
  tell(round, "Delete", pod);
}

function writeStatus(round: Round): void {
  const { context, set, current, update } = round;
  const created = [...round.replicas, ...round.condemned].filter(isCreated);
  const alive = created.filter((pod) => !isTerminating(pod));
  const ready = created.filter((pod) => pod.status?.phase === "Running" && isPodReady(pod));
  const counts = {
    replicas: created.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, context.clock.now())).length,
    currentReplicas: alive.filter((pod) => revisionOf(pod) === current.metadata.name).length - round.replacedCount,
    updatedReplicas: alive.filter((pod) => revisionOf(pod) === update.metadata.name).length,
  };
  let currentRevision = current.metadata.name;
  const isRolledOut = [counts.updatedReplicas, counts.readyReplicas, counts.replicas].every((count) => count === replicasOf(set));
  if (set.spec.updateStrategy?.type === "RollingUpdate" && isRolledOut) {
    counts.currentReplicas = counts.updatedReplicas;
    currentRevision = update.metadata.name;
  }
  const { replicas, availableReplicas, ...others } = counts;
  const status: NonNullable<StatefulSet["status"]> = {
    ...omitZero({ observedGeneration: set.metadata.generation }),
    replicas,
    ...omitZero(others),
    currentRevision,
    updateRevision: update.metadata.name,
    collisionCount: round.collisionCount,
    availableReplicas,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
  if (!semanticEqual(status, set.status)) context.client.updateStatus(TYPE, { ...set, status });
}
