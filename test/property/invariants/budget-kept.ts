/** The eviction API takes no pod that its budget wants to keep: counted from the pods themselves, not from the budget's status. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import { type Invariant, isOver, isReady, isTerminating, keyOf, type Watched } from "./watched.ts";

/** The disruption controller hears of changes; what it cannot have heard yet is not held against it. */
const HEARD_MS = 1_000;
/** A controller that has just begun to lead looks at everything first. */
const LED_MS = 10_000;

const isEvicted = (pod: KubeObject): boolean => ((pod["status"]?.conditions ?? []) as { type: string; reason?: string }[]).some(({ type, reason }) => type === "DisruptionTarget" && reason === "EvictionByEvictionAPI");
const isSelectedBy = (selector: { matchLabels?: Record<string, string> }, pod: KubeObject): boolean => Object.entries(selector.matchLabels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value);

export function budgetKept(watched: Watched): Invariant {
  const { cluster } = watched;
  /** By namespace, when a pod came, went, or became ready or not, other than by eviction. */
  const changedMs = new Map<string, number>();
  return ({ type, object, previous }) => {
    const { namespace = "" } = object.metadata;
    const nowMs = cluster.loop.now();
    if (["apps/deployments", "apps/statefulsets"].includes(type) && previous?.["spec"].replicas !== object["spec"].replicas) changedMs.set(namespace, nowMs);
    if (type !== "pods") return undefined;
    const isEviction = isEvicted(object) && (previous === undefined || !isEvicted(previous));
    if (!isEviction) {
      if (!isEvicted(object) && (previous === undefined || isReady(previous) !== isReady(object) || isTerminating(previous) !== isTerminating(object))) changedMs.set(namespace, nowMs);
      return undefined;
    }
    const { ledSinceMs } = watched;
    if (ledSinceMs === undefined || nowMs - ledSinceMs < LED_MS || nowMs - (changedMs.get(namespace) ?? 0) < HEARD_MS) return undefined;
    // One that never ran, or is over, is nobody's loss.
    if (isOver(object) || object["status"]?.phase === "Pending" || isTerminating(object)) return undefined;
    for (const budget of cluster.client.list("policy/poddisruptionbudgets", { namespace })) {
      if (!isSelectedBy(budget["spec"].selector, object)) continue;
      // One that does not work may go, where its budget says so.
      if (!isReady(object) && budget["spec"].unhealthyPodEvictionPolicy === "AlwaysAllow") continue;
      const wanted = wantedOf(cluster, namespace);
      if (wanted === undefined) continue;
      const least = wanted - (budget["spec"].maxUnavailable as number);
      const healthy = cluster.client.list("pods", { namespace }).filter((pod) => isSelectedBy(budget["spec"].selector, pod) && isReady(pod) && !isTerminating(pod) && !isEvicted(pod)).length;
      // The one that goes is marked already, and counts no more.
      if (healthy < least) return `${keyOf(object)} was evicted: of ${wanted} wanted ${least} have to stay, and ${healthy} are left`;
    }
    return undefined;
  };
}

/** An app has one Deployment or StatefulSet, and a namespace of its own. */
function wantedOf({ client }: Watched["cluster"], namespace: string): number | undefined {
  const [owner] = [...client.list("apps/deployments", { namespace }), ...client.list("apps/statefulsets", { namespace })];
  return owner?.["spec"].replicas as number | undefined;
}
