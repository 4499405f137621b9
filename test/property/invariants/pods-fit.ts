/** The scheduler binds no pod beyond what a node has to give, against a taint, or against the pod's own choice of nodes. */
import type { KubeObject } from "../../../src/objects/kube-object.ts";
import type { Change } from "../../../src/sim/store/store.ts";
import { asksFor, type Invariant, isSelected, isTolerated, keyOf, roomOn, type Taint, type Watched } from "./watched.ts";

/** Sums of decimal fractions. */
const ROUNDING = 1e-6;

/** Written when a node is chosen for a pod whose volume is yet to be made there: it is bound when the volume is there, and nobody looks at the node again (`volume_binding.go`, `PreBind`). */
const CHOSEN = "volume.kubernetes.io/selected-node";

export function podsFit({ cluster }: Watched): Invariant {
  /** When a node got a taint, and when one was chosen for a claim. */
  const taintedMs = new Map<string, number>();
  const chosenMs = new Map<string, number>();
  const taintKey = (node: string, { key, effect }: Taint): string => `${node} ${key}:${effect}`;
  const note = ({ type, object, previous }: Change): void => {
    if (type === "nodes") {
      const before = ((previous?.["spec"].taints ?? []) as Taint[]).map((taint) => taintKey(object.metadata.name, taint));
      for (const taint of (object["spec"].taints ?? []) as Taint[]) if (!before.includes(taintKey(object.metadata.name, taint))) taintedMs.set(taintKey(object.metadata.name, taint), cluster.loop.now());
    } else if (type === "persistentvolumeclaims" && object.metadata.annotations?.[CHOSEN] !== undefined && object.metadata.annotations[CHOSEN] !== previous?.metadata.annotations?.[CHOSEN]) chosenMs.set(keyOf(object), cluster.loop.now());
  };
  const wasChosenBefore = (pod: KubeObject, sinceMs: number): boolean => ((pod["spec"].volumes ?? []) as { persistentVolumeClaim?: { claimName: string } }[]).some(({ persistentVolumeClaim: claim }) => claim !== undefined && (chosenMs.get(`${pod.metadata.namespace}/${claim.claimName}`) ?? Number.POSITIVE_INFINITY) <= sinceMs);
  return (change) => {
    note(change);
    const { type, object: pod, previous, kind } = change;
    const nodeName = pod["spec"]?.nodeName as string | undefined;
    if (type !== "pods" || kind === "delete" || previous === undefined || previous["spec"].nodeName !== undefined || nodeName === undefined) return undefined;
    const node = cluster.client.get("nodes", undefined, nodeName);
    if (node === undefined) return `${keyOf(pod)} was bound to ${nodeName}, which is no node`;
    // A kubelet that has no room for it may have said so already: it is asked what there was without it.
    const { cpu, memory, pods } = roomOn(cluster, node, pod.metadata.uid);
    const asked = asksFor(pod);
    if (cpu - asked.cpu < -ROUNDING) return `${keyOf(pod)} was bound to ${nodeName}, which has ${cpu.toFixed(3)} cores for its ${asked.cpu}`;
    if (memory - asked.memory < -ROUNDING) return `${keyOf(pod)} was bound to ${nodeName}, which has ${memory} bytes of memory for its ${asked.memory}`;
    if (pods < 1) return `${keyOf(pod)} was bound to ${nodeName}, which was full of pods`;
    const taint = ((node["spec"].taints ?? []) as Taint[]).find((one) => one.effect !== "PreferNoSchedule" && !isTolerated(one, pod["spec"].tolerations) && !wasChosenBefore(pod, taintedMs.get(taintKey(nodeName, one)) ?? 0));
    if (taint !== undefined) return `${keyOf(pod)} was bound to ${nodeName} against its taint ${taint.key}:${taint.effect}`;
    if (!isSelected(node, pod["spec"])) return `${keyOf(pod)} was bound to ${nodeName}, where it does not want to be`;
    return undefined;
  };
}
