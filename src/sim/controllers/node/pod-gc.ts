/** Removes pods that nobody else will: of nodes that are gone or out of service, never scheduled, or finished long ago (`pkg/controller/podgc`). */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { ApiError } from "../../api/status.ts";
import { isConditionTrue, withCondition } from "../conditions.ts";
import { isPodFinished, isTerminating } from "../pod-state.ts";
import type { ControllerContext, Reconciler } from "../reconciler.ts";
import type { Condition, Node, Pod } from "../shapes.ts";
import type { Timings } from "../timings.ts";
import { OUT_OF_SERVICE } from "./node-taints.ts";

export function podGcController(timings: Timings): Reconciler {
  /** Nodes that pods name and that are gone: since when, by this controller's clock. */
  const missingSince = new Map<string, number>();
  /** The cluster in which there was nothing to collect. While no pod and no node has changed there still is not. */
  let cleanAt = "";
  return {
    name: "pod-garbage-collector-controller",
    watches: [],
    sync: () => {},
    every: {
      periodMs: timings.podGcPeriodMs,
      run: (context) => {
        const state = `${context.client.changedAt("pods")} ${context.client.changedAt("nodes")}`;
        if (state === cleanAt) return;
        cleanAt = collect(context, timings, missingSince) ? "" : state;
      },
    },
  };
}

function byEvictionAndAge(a: Pod, b: Pod): number {
  const evicted = (pod: Pod): number => (pod.status?.phase === "Failed" && pod.status.reason === "Evicted" ? 0 : 1);
  if (evicted(a) !== evicted(b)) return evicted(a) - evicted(b);
  const [timeA, timeB] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** True when there was something to collect, or will be by its age. */
function collect(context: ControllerContext, timings: Timings, missingSince: Map<string, number>): boolean {
  const { client, clock } = context;
  const pods = client.list<Pod>("pods");
  const nodes = new Map(client.list<Node>("nodes").map((node) => [node.metadata.name, node]));
  let isClean = true;
  const remove = (pod: Pod, condition?: Condition): void => {
    isClean = false;
    failAndDelete(context, pod, condition);
  };
  const finished = pods.filter(isPodFinished);
  if (finished.length > timings.terminatedPodsMax) {
    for (const pod of finished.sort(byEvictionAndAge).slice(0, finished.length - timings.terminatedPodsMax)) remove(pod);
  }
  const stillMissing = new Set<string>();
  for (const pod of pods) {
    const { nodeName } = pod.spec;
    if (!nodeName) {
      if (isTerminating(pod)) remove(pod);
      continue;
    }
    const node = nodes.get(nodeName);
    if (node !== undefined) {
      if (isTerminating(pod) && isOutOfService(node)) remove(pod);
      continue;
    }
    stillMissing.add(nodeName);
    const sinceMs = missingSince.get(nodeName);
    if (sinceMs === undefined) {
      missingSince.set(nodeName, clock.now());
      clock.after(timings.podGcQuarantineMs, () => undefined);
    }
    else if (clock.now() - sinceMs >= timings.podGcQuarantineMs) {
      remove(pod, { type: "DisruptionTarget", status: "True", reason: "DeletionByPodGC", message: "PodGC: node no longer exists" });
    }
  }
  for (const name of missingSince.keys()) if (!stillMissing.has(name)) missingSince.delete(name);
  return !isClean || missingSince.size > 0;
}

const isOutOfService = ({ status, spec }: Node): boolean => !isConditionTrue(status?.conditions, "Ready") && spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true;

function failAndDelete({ client, clock }: ControllerContext, pod: Pod, condition?: Condition): void {
  const { namespace, name, uid } = pod.metadata;
  try {
    if (!isPodFinished(pod)) {
      const conditions = condition === undefined ? pod.status?.conditions : withCondition(pod.status?.conditions, condition, rfc3339(clock.now()));
      client.updateStatus<Pod>("pods", { ...pod, status: { ...pod.status, phase: "Failed", ...(conditions ? { conditions } : {}) } });
    }
    client.delete("pods", namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
