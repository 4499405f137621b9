/** Keeps as many pods as a ReplicaSet (or a ReplicationController, the same machine with an older selector) asks for. */
import { semanticEqual } from "../../lib/deep-equal.ts";
import { labelsInclude, selectorMatches, type LabelSelector } from "../../lib/label-selector.ts";
import { rfc3339 } from "../../lib/rfc3339.ts";
import type { TypeName } from "../api/client.ts";
import { ApiError } from "../api/status.ts";
import { findCondition, withoutCondition } from "./conditions.ts";
import { claim, controllerOf, ownerKeys } from "./controller-ref.ts";
import { omitZero } from "./omit-zero.ts";
import { OrphanIndex } from "./orphan-index.ts";
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate, slowStart } from "./pod-control.ts";
import { availableInMs, isPodActive, isPodFinished, isPodReady, isTerminating, nextAvailabilityMs } from "./pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler } from "./reconciler.ts";
import { inDeletionOrder } from "./replica-set-pods.ts";
import { Settled } from "./settled.ts";
import type { Condition, Pod, ReplicaSet } from "./shapes.ts";

/** Pods created or deleted in one sync at most (`BurstReplicas`, `pkg/controller/replicaset/replica_set.go`). */
const BURST_REPLICAS = 500;

interface Flavour {
  name: string;
  type: TypeName;
  kind: string;
  /** Whether the status carries terminatingReplicas (ReplicaSets only, since 1.35). */
  hasTerminating: boolean;
  selectorOf(set: ReplicaSet): LabelSelector;
}

function replicaController(flavour: Flavour): Reconciler {
  const orphans = new OrphanIndex();
  return {
    name: flavour.name,
    watches: [
      { type: flavour.type },
      {
        type: "pods",
        keys(event, { client }) {
          orphans.observe(event);
          const keys = ownerKeys(flavour.kind, event.object, event.previous);
          if (keys.length > 0 || controllerOf(event.object) !== undefined || event.type === "DELETED") return keys;
          return client
            .list<ReplicaSet>(flavour.type, { namespace: event.object.metadata.namespace })
            .filter((set) => selectorMatches(flavour.selectorOf(set), event.object.metadata.labels))
            .map(keyOf);
        },
      },
    ],
    sync: (key, context) => syncSet(flavour, orphans, key, context),
  };
}

/** Sets with their pods, of all clusters: nothing else decides what is to be done, and clusters that go on from one have its objects. */
const settled = new Settled();

function syncSet(flavour: Flavour, orphans: OrphanIndex, key: string, context: ControllerContext): number | void {
  const { client, clock } = context;
  const { namespace, name } = splitKey(key);
  const set = client.get<ReplicaSet>(flavour.type, namespace, name);
  if (set === undefined) return;
  const selector = flavour.selectorOf(set);

  // Observe: the pods this set controls, and orphans that its selector matches.
  const controlled = client.controlledBy<Pod>("pods", set.metadata.uid ?? "");
  const loose = orphans.in(namespace, client);
  const seen = [...controlled, ...loose];
  if (settled.of(set, seen) !== undefined) return;
  const candidates: Pod[] = [];
  let terminatingCount = 0;
  for (const pod of controlled) {
    if (isPodActive(pod)) candidates.push(pod);
    else if (isTerminating(pod) && !isPodFinished(pod) && selectorMatches(selector, pod.metadata.labels)) terminatingCount++;
  }
  for (const pod of loose) if (isPodActive(pod)) candidates.push(pod);
  const active = claim(client, "pods", set, candidates, (pod) => selectorMatches(selector, pod.metadata.labels));

  // Ensure: the wanted number.
  const failure = set.metadata.deletionTimestamp === undefined ? manageReplicas(flavour, set, active, context) : undefined;

  // Sync: the status counts what was seen, not what was just created; the new pods' events come back here.
  const nowMs = clock.now();
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const templateLabels = set.spec.template.metadata?.labels;
  const counts = { fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0 };
  for (const pod of active) {
    if (labelsInclude(pod.metadata.labels, templateLabels)) counts.fullyLabeledReplicas++;
    if (!isPodReady(pod)) continue;
    counts.readyReplicas++;
    if (availableInMs(pod, minReadySeconds, nowMs) === 0) counts.availableReplicas++;
  }
  const status: NonNullable<ReplicaSet["status"]> = {
    replicas: active.length,
    ...omitZero(counts),
    ...(flavour.hasTerminating ? { terminatingReplicas: terminatingCount } : {}),
    observedGeneration: set.metadata.generation,
    ...omitZero({ conditions: conditionsAfter(set, active.length, failure, nowMs) }),
  };
  const written = semanticEqual(set.status, status) ? set : writeStatus(flavour, set, status, context);
  // All that it has matches, as many as are wanted are there, and none is waited for by its age.
  if (minReadySeconds === 0 && active.length === candidates.length && active.length === (set.spec.replicas ?? 1)) settled.note(written, seen, undefined);
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure;
  if (minReadySeconds > 0 && status.readyReplicas !== status.availableReplicas) {
    return nextAvailabilityMs(active, minReadySeconds, nowMs);
  }
}

function writeStatus(flavour: Flavour, set: ReplicaSet, status: ReplicaSet["status"], { client }: ControllerContext): ReplicaSet {
  try {
    return client.updateStatus(flavour.type, { ...set, status });
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
    return set;
  }
}

function conditionsAfter(set: ReplicaSet, activeCount: number, failure: ApiError | undefined, nowMs: number): Condition[] {
  const conditions = set.status?.conditions ?? [];
  const failed = findCondition(conditions, "ReplicaFailure");
  if (failure === undefined) return failed === undefined ? conditions : withoutCondition(conditions, "ReplicaFailure");
  if (failed !== undefined) return conditions;
  const reason = activeCount < (set.spec.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
  return [...conditions, { type: "ReplicaFailure", status: "True", reason, message: failure.message, lastTransitionTime: rfc3339(nowMs) }];
}

function manageReplicas(flavour: Flavour, set: ReplicaSet, active: readonly Pod[], { client, clock }: ControllerContext): ApiError | undefined {
  const difference = active.length - (set.spec.replicas ?? 1);
  if (difference < 0) {
    const { error } = slowStart(Math.min(-difference, BURST_REPLICAS), () => {
      createPod(client, podFromTemplate(set.spec.template, set), set, flavour.name);
    });
    return error;
  }
  if (difference === 0) return undefined;
  const count = Math.min(difference, BURST_REPLICAS);
  const doomed = count < active.length ? inDeletionOrder(active, relatedPods(flavour, set, client), clock.now()).slice(0, count) : active;
  let firstError: ApiError | undefined;
  for (const pod of doomed) {
    try {
      deletePod(client, pod, set, flavour.name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      firstError ??= error;
    }
  }
  return firstError;
}

/** The pods of every set with the same controller (all revisions of one Deployment): deletion thins out crowded nodes. */
function relatedPods(flavour: Flavour, set: ReplicaSet, client: ControllerContext["client"]): Pod[] {
  const parent = controllerOf(set);
  const sets = parent === undefined ? [set] : client.controlledBy<ReplicaSet>(flavour.type, parent.uid);
  return sets.flatMap((sibling) => [...client.controlledBy<Pod>("pods", sibling.metadata.uid ?? "")]);
}

export const replicaSetController = (): Reconciler => replicaController({
  name: "replicaset-controller",
  type: "apps/replicasets",
  kind: "ReplicaSet",
  hasTerminating: true,
  selectorOf: (set) => set.spec.selector,
});

export const replicationController = (): Reconciler => replicaController({
  name: "replication-controller",
  type: "replicationcontrollers",
  kind: "ReplicationController",
  hasTerminating: false,
  selectorOf: (set) => ({ matchLabels: set.spec.selector as unknown as Record<string, string> }),
});
