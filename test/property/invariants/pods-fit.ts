/** The scheduler binds no pod beyond what a node has to give, against a taint, or against the pod's own choice of nodes. */
import { asksFor, type Invariant, isSelected, isTolerated, keyOf, roomOn, type Taint, type Watched } from "./watched.ts";

/** Sums of decimal fractions. */
const ROUNDING = 1e-6;

export function podsFit({ cluster }: Watched): Invariant {
  return ({ type, object: pod, previous, kind }) => {
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
    const taint = ((node["spec"].taints ?? []) as Taint[]).find((one) => one.effect !== "PreferNoSchedule" && !isTolerated(one, pod["spec"].tolerations));
    if (taint !== undefined) return `${keyOf(pod)} was bound to ${nodeName} against its taint ${taint.key}:${taint.effect}`;
    if (!isSelected(node, pod["spec"])) return `${keyOf(pod)} was bound to ${nodeName}, where it does not want to be`;
    return undefined;
  };
}
