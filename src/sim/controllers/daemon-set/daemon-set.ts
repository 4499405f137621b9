/** One pod on every node that fits, replaced node by node (`pkg/controller/daemon`). */
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { scaledValue } from "../../../lib/int-or-percent.ts";
import { selectorIsEmpty, selectorMatches } from "../../../lib/label-selector.ts";
import { isSameRevision, listRevisions, revisionFor, REVISION_HASH_LABEL, truncateHistory } from "../controller-history.ts";
import { claim, controllerOf, ownerKeys } from "../controller-ref.ts";
import { omitZero } from "../omit-zero.ts";
import { OrphanIndex } from "../orphan-index.ts";
import { createPod, deletePod, isNamespaceTerminating, slowStart } from "../pod-control.ts";
import { isPodAvailable, isPodFinished, isPodReady, isTerminating, nextAvailabilityMs } from "../pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { DaemonSet, Node, Pod } from "../shapes.ts";
import { byAge, daemonPod, fitOn, targetNode } from "./daemon-pods.ts";

const COMPONENT = "daemonset-controller";
const TYPE = "apps/daemonsets";
/** Pods created or deleted in one sync at most. */
const BURST_REPLICAS = 250;
/** A pod that failed on a node is replaced there after 1 s, then 2 s, …, 15 min (`failedPodsBackoff`). */
const FAILED_BACKOFF_MS_MIN = 1_000;
const FAILED_BACKOFF_MS_MAX = 15 * 60_000;

interface Backoff {
  delayMs: number;
  lastMs: number;
}

interface Round {
  context: ControllerContext;
  set: DaemonSet;
  nodes: readonly Node[];
  hash: string;
  byNode: Map<string, Pod[]>;
  backoffs: Map<string, Backoff>;
  againMs?: number;
}

export function daemonSetController(): Reconciler {
  const orphans = new OrphanIndex();
  const backoffs = new Map<string, Backoff>();
  return {
    name: COMPONENT,
    watches: [
      { type: TYPE },
      {
        type: "pods",
        keys(event, { client }) {
          orphans.observe(event);
          const keys = ownerKeys("DaemonSet", event.object, event.previous);
          if (keys.length > 0 || controllerOf(event.object) !== undefined || event.type === "DELETED") return keys;
          return client
            .list<DaemonSet>(TYPE, { namespace: event.object.metadata.namespace })
            .filter((set) => selectorMatches(set.spec.selector, event.object.metadata.labels))
            .map(keyOf);
        },
      },
      {
        type: "nodes",
        keys(event, { client }) {
          const node = event.object as Node;
          const before = event.previous as Node | undefined;
          const isSame = event.type === "MODIFIED" && semanticEqual(node.metadata.labels, before?.metadata.labels) && semanticEqual(node.spec.taints, before?.spec.taints);
          return isSame ? [] : client.list(TYPE).map(keyOf);
        },
      },
    ],
    sync(key, context) {
      const { client } = context;
      const { namespace, name } = splitKey(key);
      const set = client.get<DaemonSet>(TYPE, namespace, name);
      if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
      if (selectorIsEmpty(set.spec.selector)) {
        const message = "This daemon set is selecting all pods. A non-empty selector is required.";
        client.event(set, { type: "Warning", reason: "SelectingAll", message, component: COMPONENT });
        return;
      }
      const revisions = listRevisions(client, set);
      const { revision, collisionCount } = revisionFor(client, set, revisions, set.status?.collisionCount);
      const hash = revision.metadata.labels?.[REVISION_HASH_LABEL] ?? "";
      const nodes = client.list<Node>("nodes");
      const look = (): Round => ({ context, set, nodes, hash, backoffs, byNode: podsByNode(context, set, orphans) });
      const round = look();
      try {
        manage(round);
        if (set.spec.updateStrategy?.type === "RollingUpdate") rollingUpdate({ ...look(), backoffs });
        const hashes = new Set([...round.byNode.values()].flat().map((pod) => pod.metadata.labels?.[REVISION_HASH_LABEL]));
        const isLive = (old: (typeof revisions)[number]): boolean => isSameRevision(old, set.spec.template) || hashes.has(old.metadata.labels?.[REVISION_HASH_LABEL]);
        truncateHistory(client, revisions, isLive, set.spec.revisionHistoryLimit ?? 10);
      } finally {
        writeStatus(look(), collisionCount);
      }
      const waits = [round.againMs, nextAvailabilityMs([...round.byNode.values()].flat(), set.spec.minReadySeconds ?? 0, context.clock.now())];
      const wait = Math.min(...waits.map((ms) => ms ?? Number.POSITIVE_INFINITY));
      if (Number.isFinite(wait)) return wait;
    },
  };
}

function podsByNode({ client }: ControllerContext, set: DaemonSet, orphans: OrphanIndex): Map<string, Pod[]> {
  const candidates = [...client.controlledBy<Pod>("pods", set.metadata.uid ?? ""), ...orphans.in(set.metadata.namespace, client)];
  const byNode = new Map<string, Pod[]>();
  for (const pod of claim(client, "pods", set, candidates, (pod) => selectorMatches(set.spec.selector, pod.metadata.labels))) {
    const node = targetNode(pod);
    // One that has ended and is leaving no longer holds its place.
    if (node === undefined || (isTerminating(pod) && isPodFinished(pod))) continue;
    byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  return byNode;
}

function manage(round: Round): void {
  const { nodes, byNode, set } = round;
  const needed: string[] = [];
  const doomed: Pod[] = [];
  for (const node of nodes) {
    const { shouldRun, mayStay } = fitOn(set, node);
    const pods = byNode.get(node.metadata.name);
    if (shouldRun && pods === undefined) needed.push(node.metadata.name);
    else if (mayStay) keepOne(round, node, pods ?? [], shouldRun, needed, doomed);
    else doomed.push(...(pods ?? []).filter((pod) => !isTerminating(pod)));
  }
  const names = new Set(nodes.map((node) => node.metadata.name));
  for (const [node, pods] of byNode) if (!names.has(node)) doomed.push(...pods.filter((pod) => !pod.spec.nodeName));
  apply(round, needed, doomed);
}

function keepOne(round: Round, node: Node, pods: readonly Pod[], shouldRun: boolean, needed: string[], doomed: Pod[]): void {
  const { context, set, hash } = round;
  const { name } = node.metadata;
  const running: Pod[] = [];
  for (const pod of pods) {
    if (isTerminating(pod)) continue;
    const subject = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${name}, will try to`;
    if (pod.status?.phase === "Failed") {
      if (!mayReplaceFailed(round, name)) continue;
      context.client.event(set, { type: "Warning", reason: "FailedDaemonPod", message: `Found failed ${subject} kill it`, component: COMPONENT });
      doomed.push(pod);
    } else if (pod.status?.phase === "Succeeded") {
      context.client.event(set, { type: "Normal", reason: "SucceededDaemonPod", message: `Found succeeded ${subject} delete it`, component: COMPONENT });
      doomed.push(pod);
    } else running.push(pod);
  }
  running.sort(byAge);
  if (!allowsSurge(set)) {
    doomed.push(...running.slice(1));
    return;
  }
  if (running.length === 0 && shouldRun) needed.push(name);
  if (running.length <= 1) return;
  const isNew = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_HASH_LABEL] === hash;
  const newest = running.find(isNew);
  const oldest = running.find((pod) => !isNew(pod));
  doomed.push(...running.filter((pod) => pod !== newest && pod !== oldest));
  if (newest === undefined || oldest === undefined) return;
  if (!isPodReady(oldest) || isPodAvailable(newest, set.spec.minReadySeconds ?? 0, context.clock.now())) doomed.push(oldest);
}

function mayReplaceFailed(round: Round, nodeName: string): boolean {
  const { set, backoffs, context } = round;
  const key = `${set.metadata.uid}/${set.status?.observedGeneration ?? 0}/${nodeName}`;
  const nowMs = context.clock.now();
  const found = backoffs.get(key);
  if (found !== undefined && nowMs - found.lastMs < found.delayMs) {
    round.againMs = Math.min(round.againMs ?? Number.POSITIVE_INFINITY, found.delayMs);
    return false;
  }
  const isStale = found === undefined || nowMs - found.lastMs > 2 * FAILED_BACKOFF_MS_MAX;
  backoffs.set(key, { delayMs: isStale ? FAILED_BACKOFF_MS_MIN : Math.min(found.delayMs * 2, FAILED_BACKOFF_MS_MAX), lastMs: nowMs });
  return true;
}

function apply({ context, set, hash }: Round, needed: readonly string[], doomed: readonly Pod[]): void {
  const { client } = context;
  const { error } = slowStart(Math.min(needed.length, BURST_REPLICAS), (index) => void createPod(client, daemonPod(set, needed[index]!, hash), set, COMPONENT));
  for (const pod of doomed.slice(0, BURST_REPLICAS)) deletePod(client, pod, set, COMPONENT);
  if (error !== undefined && !isNamespaceTerminating(error)) throw error;
}

function surgeOf(set: DaemonSet, desired: number): number {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  return type === "RollingUpdate" ? (scaledValue(rollingUpdate?.maxSurge, desired, "up") ?? 0) : 0;
}

const allowsSurge = (set: DaemonSet): boolean => surgeOf(set, 1) > 0;

/** The one old and the one new pod on a node; undefined when there is more than that. */
function pairOn(pods: readonly Pod[], hash: string): { fresh?: Pod; old?: Pod } | undefined {
  const pair: { fresh?: Pod; old?: Pod } = {};
  for (const pod of pods) {
    if (isTerminating(pod)) continue;
    const side = pod.metadata.labels?.[REVISION_HASH_LABEL] === hash ? "fresh" : "old";
    if (pair[side] !== undefined) return undefined;
    pair[side] = pod;
  }
  return pair;
}

function rollingUpdate(round: Round): void {
  const { set, nodes, byNode, hash, context } = round;
  const desired = nodes.filter((node) => fitOn(set, node).shouldRun);
  for (const { metadata } of desired) if (!byNode.has(metadata.name)) byNode.set(metadata.name, []);
  const maxSurge = surgeOf(set, desired.length);
  let maxUnavailable = scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable, desired.length, "up") ?? 0;
  if (desired.length > 0 && maxUnavailable === 0 && maxSurge === 0) maxUnavailable = 1;
  const isAvailable = (pod: Pod | undefined): boolean => pod !== undefined && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, context.clock.now());
  const doomed: Pod[] = [];
  const candidates: Pod[] = [];
  if (maxSurge === 0) {
    let unavailableCount = 0;
    for (const pods of byNode.values()) {
      const pair = pairOn(pods, hash);
      const { fresh, old } = pair ?? {};
      if (pair === undefined || (fresh === undefined) === (old === undefined)) unavailableCount++;
      else if (fresh !== undefined) unavailableCount += isAvailable(fresh) ? 0 : 1;
      else if (!isAvailable(old)) {
        doomed.push(old!);
        unavailableCount++;
      } else candidates.push(old!);
    }
    apply(round, [], [...doomed, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailableCount))]);
    return;
  }
  const needed: string[] = [];
  const candidateNodes: string[] = [];
  let surgeCount = 0;
  let availableCount = 0;
  for (const [nodeName, pods] of byNode) {
    const pair = pairOn(pods, hash);
    if (pair === undefined) {
      surgeCount++;
      continue;
    }
    const { fresh, old } = pair;
    if (isAvailable(old ?? fresh)) availableCount++;
    if (old === undefined) continue;
    if (fresh !== undefined) {
      if (isAvailable(fresh)) doomed.push(old);
      else surgeCount++;
      continue;
    }
    const shouldRun = desired.some((node) => node.metadata.name === nodeName);
    if (!isAvailable(old)) {
      if (shouldRun) needed.push(nodeName);
      else doomed.push(old);
    } else if (shouldRun) candidateNodes.push(nodeName);
    else candidates.push(old);
  }
  doomed.push(...candidates.slice(0, Math.max(0, availableCount - desired.length)));
  apply(round, [...needed, ...candidateNodes.slice(0, Math.max(0, maxSurge - surgeCount))], doomed);
}

function writeStatus({ context, set, nodes, byNode, hash }: Round, collisionCount: number | undefined): void {
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const node of nodes) {
    const pods = [...(byNode.get(node.metadata.name) ?? [])].sort(byAge);
    const first = pods[0];
    if (!fitOn(set, node).shouldRun) {
      if (first !== undefined) count.misscheduled++;
      continue;
    }
    count.desired++;
    if (first === undefined) continue;
    count.current++;
    if (isPodReady(first)) count.ready++;
    if (isPodAvailable(first, set.spec.minReadySeconds ?? 0, context.clock.now())) count.available++;
    if (first.metadata.labels?.[REVISION_HASH_LABEL] === hash) count.updated++;
  }
  const status: NonNullable<DaemonSet["status"]> = {
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    desiredNumberScheduled: count.desired,
    numberReady: count.ready,
    ...omitZero({
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: count.updated,
      numberAvailable: count.available,
      numberUnavailable: count.desired - count.available,
      collisionCount,
    }),
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
  if (!semanticEqual(status, set.status)) context.client.updateStatus(TYPE, { ...set, status });
}
