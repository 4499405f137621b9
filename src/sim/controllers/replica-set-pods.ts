/** Which pods a shrinking ReplicaSet deletes first (`ActivePodsWithRanks` in `pkg/controller/controller_utils.go`). */
import { parseRfc3339 } from "../../lib/rfc3339.ts";
import { findCondition } from "./conditions.ts";
import { isPodActive, isPodReady, restartCounts } from "./pod-state.ts";
import type { Pod } from "./shapes.ts";

const PHASE_ORDER: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : 0;
}

/** Ages are compared by powers of two, so that equally old pods are chosen by uid: neither the oldest nor the youngest is always hit. */
function ageRank(timestamp: string | undefined, nowMs: number): number {
  const ageNs = (nowMs - (parseRfc3339(timestamp) ?? nowMs)) * 1_000_000;
  return ageNs > 0 ? Math.floor(Math.log2(ageNs)) : -1;
}

/** Sorted so that the pods to delete come first. `related` are the pods of all ReplicaSets of the same Deployment. */
export function inDeletionOrder(pods: readonly Pod[], related: readonly Pod[], nowMs: number): Pod[] {
  const countOnNode = new Map<string, number>();
  for (const pod of related) {
    if (!isPodActive(pod)) continue;
    const node = pod.spec.nodeName ?? "";
    countOnNode.set(node, (countOnNode.get(node) ?? 0) + 1);
  }
  const compareAge = (a: Pod, b: Pod, timeA: string | undefined, timeB: string | undefined): number =>
    ageRank(timeA, nowMs) - ageRank(timeB, nowMs) || ((a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1);
  return [...pods].sort((a, b) => {
    const nodeA = a.spec.nodeName ?? "";
    const nodeB = b.spec.nodeName ?? "";
    if (nodeA !== nodeB && (nodeA === "" || nodeB === "")) return nodeA === "" ? -1 : 1;
    const phase = (PHASE_ORDER[a.status?.phase ?? "Pending"] ?? 0) - (PHASE_ORDER[b.status?.phase ?? "Pending"] ?? 0);
    if (phase !== 0) return phase;
    const readyA = isPodReady(a);
    const readyB = isPodReady(b);
    if (readyA !== readyB) return readyA ? 1 : -1;
    const cost = deletionCost(a) - deletionCost(b);
    if (cost !== 0) return cost;
    const crowd = (countOnNode.get(nodeB) ?? 0) - (countOnNode.get(nodeA) ?? 0);
    if (crowd !== 0) return crowd;
    if (readyA && readyB) {
      const sinceA = findCondition(a.status?.conditions, "Ready")?.lastTransitionTime;
      const sinceB = findCondition(b.status?.conditions, "Ready")?.lastTransitionTime;
      if (sinceA !== sinceB) return compareAge(a, b, sinceA, sinceB);
    }
    const [regularA, sidecarA] = restartCounts(a);
    const [regularB, sidecarB] = restartCounts(b);
    if (regularA !== regularB) return regularB - regularA;
    if (sidecarA !== sidecarB) return sidecarB - sidecarA;
    if (a.metadata.creationTimestamp !== b.metadata.creationTimestamp) {
      return compareAge(a, b, a.metadata.creationTimestamp, b.metadata.creationTimestamp);
    }
    return 0;
  });
}
