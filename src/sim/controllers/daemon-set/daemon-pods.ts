/** Where a DaemonSet's pods belong, and what they look like (`pkg/controller/daemon/util`). */
import { REVISION_HASH_LABEL } from "../controller-history.ts";
import { nodeAffinityMatches, untoleratedTaint } from "../node-match.ts";
import { podFromTemplate } from "../pod-control.ts";
import type { DaemonSet, Node, Pod, PodSpec, Toleration } from "../shapes.ts";

const GENERATION_ANNOTATION = "deprecated.daemonset.template.generation";
const GENERATION_LABEL = "pod-template-generation";

/** Daemons stay through what drives other pods away (1.2 of upstream's `AddOrUpdateDaemonPodTolerations`). */
export function daemonTolerations(spec: PodSpec): Toleration[] {
  const wanted: Toleration[] = [
    { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
    { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
    { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
    { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
    { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
    ...(spec.hostNetwork ? [{ key: "node.kubernetes.io/network-unavailable", operator: "Exists" as const, effect: "NoSchedule" }] : []),
  ];
  const same = (a: Toleration, b: Toleration): boolean => a.key === b.key && a.effect === b.effect && (a.operator ?? "Equal") === b.operator && !a.value;
  const kept = (spec.tolerations ?? []).filter((toleration) => !wanted.some((added) => same(toleration, added)));
  return [...kept, ...wanted];
}

export function daemonPod(set: DaemonSet, nodeName: string, hash: string): Pod {
  const pod = podFromTemplate(set.spec.template, set);
  const generation = set.metadata.annotations?.[GENERATION_ANNOTATION];
  const { affinity } = pod.spec;
  const onNode = { matchFields: [{ key: "metadata.name", operator: "In", values: [nodeName] }] };
  // The pod names its node by affinity, not by nodeName: the scheduler places it, so that it can preempt.
  const nodeSelectorTerms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms.map((term) => ({ ...term, ...onNode })) ?? [onNode];
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, [REVISION_HASH_LABEL]: hash, ...(generation ? { [GENERATION_LABEL]: generation } : {}) },
    },
    spec: {
      ...pod.spec,
      tolerations: daemonTolerations(pod.spec),
      affinity: {
        ...affinity,
        nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
      },
    },
  };
}

export function targetNode(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.flatMap(({ matchFields = [] }) => matchFields).find(({ key }) => key === "metadata.name")?.values?.[0];
}

export function fitOn(set: DaemonSet, node: Node): { shouldRun: boolean; mayStay: boolean } {
  const { spec } = set.spec.template;
  if ((spec.nodeName && spec.nodeName !== node.metadata.name) || !nodeAffinityMatches(spec, node)) return { shouldRun: false, mayStay: false };
  const tolerations = daemonTolerations(spec);
  const blocked = untoleratedTaint(node.spec.taints, tolerations, ["NoExecute", "NoSchedule"]) !== undefined;
  if (!blocked) return { shouldRun: true, mayStay: true };
  return { shouldRun: false, mayStay: untoleratedTaint(node.spec.taints, tolerations, ["NoExecute"]) === undefined };
}

/** Those on a node before those still waiting for one, then the older first. */
export function byAge(a: Pod, b: Pod): number {
  if (!!a.spec.nodeName !== !!b.spec.nodeName) return a.spec.nodeName ? -1 : 1;
  const timeA = a.metadata.creationTimestamp ?? "";
  const timeB = b.metadata.creationTimestamp ?? "";
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
