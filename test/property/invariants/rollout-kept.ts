/** What the Deployment controller takes away itself leaves as many copies available as it promises, and it makes no more than it may. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import { scaledValue } from "../../../src/lib/int-or-percent.ts";
import { type Invariant, isOver, isReady, isTerminating, keyOf, ownerOf, type Watched } from "./watched.ts";

/** What the controllers cannot have heard yet is not held against them. */
const HEARD_MS = 1_000;
const LED_MS = 10_000;

export function rolloutKept(watched: Watched): Invariant {
  const { cluster } = watched;
  const changedMs = new Map<string, number>();
  return ({ type, object, previous, kind }) => {
    const { namespace = "" } = object.metadata;
    const nowMs = cluster.loop.now();
    if (type === "apps/deployments" && previous?.["spec"].replicas !== object["spec"].replicas) changedMs.set(namespace, nowMs);
    if (type === "pods" && (previous === undefined || kind === "delete" || isReady(previous) !== isReady(object) || isTerminating(previous) !== isTerminating(object))) changedMs.set(namespace, nowMs);
    if (type !== "apps/replicasets" || kind === "delete" || previous?.["spec"].replicas === object["spec"].replicas) return undefined;
    const { ledSinceMs } = watched;
    if (ledSinceMs === undefined || nowMs - ledSinceMs < LED_MS || nowMs - (changedMs.get(namespace) ?? 0) < HEARD_MS) return undefined;
    const deployment = cluster.client.get("apps/deployments", namespace, ownerOf(object, "Deployment") ?? "");
    if (deployment?.["spec"].strategy.type !== "RollingUpdate") return undefined;
    const wanted = deployment["spec"].replicas as number;
    const { maxSurge, maxUnavailable } = deployment["spec"].strategy.rollingUpdate as { maxSurge: number | string; maxUnavailable: number | string };
    const surge = scaledValue(maxSurge, wanted, "up")!;
    const missing = Math.max(scaledValue(maxUnavailable, wanted, "down")!, surge === 0 ? 1 : 0);
    const sets = cluster.client.list("apps/replicasets", { namespace }).filter((set) => ownerOf(set, "Deployment") === deployment.metadata.name);
    const sizeOf = (set: KubeObject): number => set["spec"].replicas as number;
    const total = sets.reduce((sum, set) => sum + sizeOf(set), 0);
    const before = previous === undefined ? 0 : sizeOf(previous);
    if (sizeOf(object) > before) return total > wanted + surge ? `${keyOf(object)} grew to ${sizeOf(object)}: ${total} copies of ${wanted} wanted and ${surge} more` : undefined;
    // Of each set as many stay available as are, and as it keeps: it lets go of those first that are not.
    const available = (set: KubeObject, size: number): number => Math.min(size, cluster.client.controlledBy("pods", set.metadata.uid!).filter((pod) => isReady(pod) && !isTerminating(pod) && !isOver(pod)).length);
    const after = sets.reduce((sum, set) => sum + available(set, sizeOf(set)), 0);
    const lost = available(object, before) - available(object, sizeOf(object));
    return lost > 0 && after < wanted - missing ? `${keyOf(object)} shrank to ${sizeOf(object)}: ${after} copies are left available, ${wanted - missing} have to be` : undefined;
  };
}
