/** Judges nodes by their leases, marks the silent ones and their pods, and taints them at a rate that the zone's state allows (`pkg/controller/nodelifecycle`). */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { ApiError } from "../../api/status.ts";
import { findCondition, isConditionTrue } from "../conditions.ts";
import type { ControllerContext, Reconciler } from "../reconciler.ts";
import type { Condition, Node, Pod, Taint } from "../shapes.ts";
import type { Timings } from "../timings.ts";
import { hasTaint, NOT_READY, swapTaints, UNREACHABLE } from "./node-taints.ts";
import { TaintQueue } from "./taint-queue.ts";

const COMPONENT = "node-controller";
const LEASES = "coordination.k8s.io/leases";
const NOT_READY_TAINT: Taint = { key: NOT_READY, effect: "NoExecute" };
const UNREACHABLE_TAINT: Taint = { key: UNREACHABLE, effect: "NoExecute" };
const JUDGED = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

export type ZoneState = "Initial" | "Normal" | "PartialDisruption" | "FullDisruption";

interface Health {
  /** When this controller last saw a sign of life, in time lived through: its own clock, so that the node's does not matter. */
  probeMs: number;
  heartbeat: string | undefined;
  renewTime: string | undefined;
  /** It is missed: the end of its grace is a time at which something happens. */
  isMissed?: boolean;
}

interface Zone {
  state: ZoneState;
  queue: TaintQueue;
}

/** Everything here is forgotten when the controller manager fails over: every silent node gets a whole grace period again. */
interface Memory {
  health: Map<string, Health>;
  zones: Map<string, Zone>;
  known: Map<string, Node>;
  /** Nodes whose pods could not all be marked. */
  toRetry: Set<string>;
}

export function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const region = labels["topology.kubernetes.io/region"] ?? labels["failure-domain.beta.kubernetes.io/region"] ?? "";
  const zone = labels["topology.kubernetes.io/zone"] ?? labels["failure-domain.beta.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}:\u0000:${zone}`;
}

/** `ComputeZoneState`: more than two, and a share of at least the threshold. */
export function zoneStateOf(readyCount: number, notReadyCount: number, timings: Timings): ZoneState {
  if (readyCount === 0 && notReadyCount > 0) return "FullDisruption";
  if (notReadyCount > 2 && notReadyCount / (notReadyCount + readyCount) >= timings.unhealthyZoneShare) return "PartialDisruption";
  return "Normal";
}

export function nodeLifecycleController(timings: Timings): Reconciler {
  const memory: Memory = { health: new Map(), zones: new Map(), known: new Map(), toRetry: new Set() };
  return {
    name: "node-lifecycle-controller",
    watches: [
      {
        // A pod that arrives on a node that is not ready is not ready either.
        type: "pods",
        keys: ({ object, previous }) => (object.spec?.nodeName && previous?.spec?.nodeName !== object.spec.nodeName ? [`${object.metadata.namespace}/${object.metadata.name}`] : []),
      },
    ],
    sync(key, { client, clock }) {
      const [namespace, name = ""] = key.split("/");
      const pod = client.get<Pod>("pods", namespace, name);
      const nodeName = pod?.spec.nodeName;
      if (pod === undefined || nodeName === undefined || !memory.health.has(nodeName)) return;
      const ready = findCondition(client.get<Node>("nodes", undefined, nodeName)?.status?.conditions, "Ready");
      if (ready !== undefined && ready.status !== "True") markPodNotReady({ client, clock }, pod);
    },
    every: { periodMs: timings.nodeMonitorPeriodMs, run: (context) => monitor(context, memory, timings), atStart: true },
    start: () => () => {
      for (const { queue } of memory.zones.values()) queue.stop();
    },
  };
}

function nodeEvent({ client }: ControllerContext, node: Node, reason: string, message: string): void {
  client.event(node, { type: "Normal", reason, message, component: COMPONENT });
}

function monitor(context: ControllerContext, memory: Memory, timings: Timings): void {
  const nodes = context.client.list<Node>("nodes");
  for (const node of nodes) {
    zoneFor(context, memory, node, timings);
    if (memory.known.has(node.metadata.name)) continue;
    memory.known.set(node.metadata.name, node);
    nodeEvent(context, node, "RegisteredNode", `Node ${node.metadata.name} event: Registered Node ${node.metadata.name} in Controller`);
    markReachable(context, memory, node);
  }
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const [name, node] of memory.known) {
    if (names.has(name)) continue;
    memory.known.delete(name);
    memory.health.delete(name);
    nodeEvent(context, node, "RemovingNode", `Node ${name} event: Removing Node ${name} from Controller`);
  }
  const counts = new Map<string, { ready: number; notReady: number }>();
  for (const before of nodes) {
    const observed = findCondition(before.status?.conditions, "Ready");
    let node: Node;
    try {
      node = judge(context, memory, before, timings);
    } catch (error) {
      if (error instanceof ApiError) continue;
      throw error;
    }
    const current = findCondition(node.status?.conditions, "Ready");
    if (node.metadata.labels?.["node.kubernetes.io/exclude-disruption"] === undefined) {
      const count = counts.get(zoneOf(node)) ?? { ready: 0, notReady: 0 };
      if (current?.status === "True") count.ready++;
      else count.notReady++;
      counts.set(zoneOf(node), count);
    }
    if (current !== undefined) respond(context, memory, node, observed?.status ?? "Unknown", current, timings);
  }
  handleDisruption(context, memory, nodes, counts, timings);
}

/** Updates what is known of the node's health, and its conditions when it has been silent for too long. */
function judge(context: ControllerContext, memory: Memory, node: Node, timings: Timings): Node {
  const { client, clock } = context;
  const { name } = node.metadata;
  const nowMs = clock.lived();
  const ready = findCondition(node.status?.conditions, "Ready");
  const heartbeat = ready === undefined ? undefined : ((ready as { lastHeartbeatTime?: string }).lastHeartbeatTime ?? "");
  let health = memory.health.get(name);
  if (health === undefined && ready === undefined) {
    health = { probeMs: nowMs - (clock.now() - Date.parse(node.metadata.creationTimestamp ?? rfc3339(clock.now()))), heartbeat, renewTime: undefined };
  } else if (health === undefined || health.heartbeat !== heartbeat) {
    health = { probeMs: nowMs, heartbeat, renewTime: health?.renewTime };
  }
  const renewTime: string | undefined = client.get<KubeObject>(LEASES, "kube-node-lease", name)?.spec?.renewTime;
  if (renewTime !== undefined && (health.renewTime === undefined || health.renewTime < renewTime)) health = { ...health, renewTime, probeMs: nowMs, isMissed: false };
  const graceMs = ready === undefined ? timings.nodeStartupGraceMs : timings.nodeMonitorGraceMs;
  if (!health.isMissed && ready?.status !== "Unknown" && nowMs > health.probeMs + 2 * timings.nodeMonitorPeriodMs) {
    health = { ...health, isMissed: true };
    clock.after(health.probeMs + graceMs - nowMs, () => undefined);
  }
  memory.health.set(name, health);
  // Upstream asks for strictly later; its ticks are never exactly a period apart, so that the tenth is past fifty seconds.
  if (nowMs < health.probeMs + graceMs || ready?.status === "Unknown") return node;
  const now = rfc3339(clock.now());
  const conditions: Condition[] = [...(node.status?.conditions ?? [])];
  for (const type of JUDGED) {
    const index = conditions.findIndex((condition) => condition.type === type);
    const found = conditions[index];
    if (found === undefined) {
      const created = { lastHeartbeatTime: node.metadata.creationTimestamp ?? now };
      conditions.push({ type, status: "Unknown", reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status.", lastTransitionTime: now, ...created });
    } else if (found.status !== "Unknown") {
      conditions[index] = { ...found, status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status.", lastTransitionTime: now };
    }
  }
  return client.updateStatus<Node>("nodes", { ...node, status: { ...node.status, conditions } });
}

/** Queues or removes the NoExecute taint, and marks the pods of a node that has just stopped being ready. */
function respond(context: ControllerContext, memory: Memory, node: Node, observed: string, current: Condition, timings: Timings): void {
  const { name } = node.metadata;
  const { queue } = zoneFor(context, memory, node, timings);
  if (current.status === "True") {
    markReachable(context, memory, node);
  } else {
    const [wanted, opposite] = current.status === "False" ? [NOT_READY_TAINT, UNREACHABLE_TAINT] : [UNREACHABLE_TAINT, NOT_READY_TAINT];
    if (hasTaint(node, opposite.key, "NoExecute")) swapTaints(context, name, [wanted], [opposite]);
    else {
      if (!hasTaint(node, wanted.key, "NoExecute")) requeue(queue, name);
      else queue.add(name);
    }
  }
  const hasJustStopped = current.status !== "True" && observed === "True";
  if (hasJustStopped) nodeEvent(context, node, "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  if (hasJustStopped || (memory.toRetry.has(name) && observed !== "True")) {
    memory.toRetry.delete(name);
    for (const pod of context.client.podsOnNode<Pod>(name)) if (!markPodNotReady(context, pod)) memory.toRetry.add(name);
  } else memory.toRetry.delete(name);
}

/** A node whose taint was taken away by hand waits in line again; one that waits already keeps its place. */
function requeue(queue: TaintQueue, name: string): void {
  if (!queue.isWaiting(name)) queue.remove(name);
  queue.add(name);
}

/** False when it has to be tried again. */
function markPodNotReady({ client, clock }: Pick<ControllerContext, "client" | "clock">, pod: Pod): boolean {
  if (!isConditionTrue(pod.status?.conditions, "Ready")) return true;
  const now = rfc3339(clock.now());
  const conditions = (pod.status?.conditions ?? []).map((condition): Condition => (condition.type === "Ready" ? { ...condition, status: "False", lastTransitionTime: now } : condition));
  try {
    client.updateStatus<Pod>("pods", { ...pod, status: { ...pod.status, conditions } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.reason === "NotFound";
  }
  client.event(pod, { type: "Warning", reason: "NodeNotReady", message: "Node is not ready", component: COMPONENT });
  return true;
}

function zoneFor(context: ControllerContext, memory: Memory, node: Node, timings: Timings): Zone {
  const key = zoneOf(node);
  const found = memory.zones.get(key);
  if (found !== undefined) return found;
  const taint = (name: string): boolean => taintNode(context, name);
  const zone: Zone = { state: "Initial", queue: new TaintQueue(context.clock, timings.nodeEvictionRate, timings.evictionPassMs, taint) };
  memory.zones.set(key, zone);
  return zone;
}

/** The condition may have changed since the node joined the queue: what counts is what holds now. */
function taintNode(context: ControllerContext, name: string): boolean {
  const node = context.client.get<Node>("nodes", undefined, name);
  if (node === undefined) return true;
  const status = findCondition(node.status?.conditions, "Ready")?.status;
  if (status === undefined) return false;
  if (status === "False") swapTaints(context, name, [NOT_READY_TAINT], [UNREACHABLE_TAINT]);
  if (status === "Unknown") swapTaints(context, name, [UNREACHABLE_TAINT], [NOT_READY_TAINT]);
  return true;
}

function markReachable(context: ControllerContext, memory: Memory, node: Node): void {
  swapTaints(context, node.metadata.name, [], [UNREACHABLE_TAINT, NOT_READY_TAINT]);
  memory.zones.get(zoneOf(node))?.queue.remove(node.metadata.name);
}

function rateFor(state: ZoneState, zoneSize: number, timings: Timings): number {
  // A zone that is wholly down while another lives is drained at the normal rate.
  if (state !== "PartialDisruption") return timings.nodeEvictionRate;
  return zoneSize > timings.largeZoneSize ? timings.secondaryEvictionRate : 0;
}

function handleDisruption(context: ControllerContext, memory: Memory, nodes: readonly Node[], counts: ReadonlyMap<string, { ready: number; notReady: number }>, timings: Timings): void {
  const states = new Map([...counts].map(([zone, { ready, notReady }]) => [zone, zoneStateOf(ready, notReady, timings)]));
  const isAllDown = [...states.values()].every((state) => state === "FullDisruption");
  let wasAllDown = true;
  for (const [key, zone] of memory.zones) {
    if (!states.has(key)) {
      zone.queue.stop();
      memory.zones.delete(key);
    } else if (zone.state !== "FullDisruption") wasAllDown = false;
  }
  if (isAllDown && wasAllDown) return;
  if (isAllDown) {
    // Everything silent at once is more likely our own deafness: nobody is evicted.
    for (const node of nodes) markReachable(context, memory, node);
    for (const zone of memory.zones.values()) {
      zone.queue.setRate(0);
      zone.state = "FullDisruption";
    }
    return;
  }
  if (wasAllDown) for (const [name, health] of memory.health) memory.health.set(name, { ...health, probeMs: context.clock.lived() });
  for (const [key, zone] of memory.zones) {
    const state = states.get(key) ?? "Normal";
    if (!wasAllDown && zone.state === state) continue;
    const { ready, notReady } = counts.get(key) ?? { ready: 0, notReady: 0 };
    zone.queue.setRate(rateFor(state, ready + notReady, timings));
    zone.state = state;
  }
}
