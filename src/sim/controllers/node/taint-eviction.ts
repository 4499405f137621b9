/** Deletes pods that do not (or no longer) tolerate a NoExecute taint: a plain delete, disruption budgets are not asked (`pkg/controller/tainteviction`). */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { ApiError } from "../../api/status.ts";
import { withCondition } from "../conditions.ts";
import { tolerates } from "../node-match.ts";
import { splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { Node, Pod, Taint } from "../shapes.ts";

const COMPONENT = "taint-eviction-controller";

interface Eviction {
  createdMs: number;
  atMs: number;
}

const noExecute = (node: Node | undefined): Taint[] => (node?.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");

/** Milliseconds a pod may stay: undefined for ever, 0 not at all. All taints must be tolerated; the smallest time of the used tolerations counts. */
export function toleratedMs(pod: Pod, taints: readonly Taint[]): number | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  let leastMs: number | undefined;
  for (const taint of taints) {
    const used = tolerations.find((toleration) => tolerates(toleration, taint));
    if (used === undefined) return 0;
    if (used.tolerationSeconds == null) continue;
    const ms = Math.max(0, used.tolerationSeconds * 1000);
    leastMs = leastMs === undefined ? ms : Math.min(leastMs, ms);
  }
  return leastMs;
}

/** Its appointments are in memory only: after a failover each begins anew. */
export function taintEvictionController(): Reconciler {
  const evictions = new Map<string, Eviction>();
  const podKey = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`;
  return {
    name: COMPONENT,
    watches: [
      {
        type: "nodes",
        keys({ object, previous, type }, { client }) {
          const node = object as Node;
          const isSame = type === "MODIFIED" && semanticEqual(noExecute(node), noExecute(previous as Node));
          return isSame || (type === "ADDED" && noExecute(node).length === 0) ? [] : client.podsOnNode<Pod>(node.metadata.name).map(podKey);
        },
      },
      {
        type: "pods",
        keys({ object, previous, type }, { client }) {
          const pod = object as Pod;
          const before = previous as Pod | undefined;
          if (type === "DELETED") return evictions.has(podKey(pod)) ? [podKey(pod)] : [];
          if (!pod.spec.nodeName) return [];
          const isSame = before !== undefined && before.spec.nodeName === pod.spec.nodeName && semanticEqual(before.spec.tolerations, pod.spec.tolerations);
          return isSame || noExecute(client.get<Node>("nodes", undefined, pod.spec.nodeName)).length === 0 ? [] : [podKey(pod)];
        },
      },
    ],
    sync: (key, context) => process(key, context, evictions),
  };
}

function process(key: string, context: ControllerContext, evictions: Map<string, Eviction>): number | void {
  const { client, clock } = context;
  const { namespace, name } = splitKey(key);
  const pod = client.get<Pod>("pods", namespace, name);
  const planned = evictions.get(key);
  if (pod?.spec.nodeName === undefined) {
    evictions.delete(key);
    return;
  }
  const tell = (message: string): void => client.event(pod, { type: "Normal", reason: "TaintManagerEviction", message: `${message} Pod ${key}`, component: COMPONENT });
  const cancel = (): void => {
    if (evictions.delete(key)) tell("Cancelling deletion of");
  };
  const taints = noExecute(client.get<Node>("nodes", undefined, pod.spec.nodeName));
  const stayMs = taints.length === 0 ? undefined : toleratedMs(pod, taints);
  if (stayMs === undefined) return cancel();
  const nowMs = clock.now();
  let eviction = planned;
  if (stayMs === 0) eviction = { createdMs: nowMs, atMs: nowMs };
  else if (planned === undefined) eviction = { createdMs: nowMs, atMs: nowMs + stayMs };
  else if (planned.createdMs + stayMs < planned.atMs) {
    // A shorter stay counts from when the first appointment was made.
    cancel();
    eviction = { createdMs: planned.createdMs, atMs: planned.createdMs + stayMs };
  }
  if (eviction === undefined) return;
  evictions.set(key, eviction);
  if (eviction.atMs > nowMs) return eviction.atMs - nowMs;
  evictions.delete(key);
  if (pod.metadata.deletionTimestamp !== undefined) return;
  tell("Marking for deletion");
  evict(context, pod);
}

function evict({ client, clock }: ControllerContext, pod: Pod): void {
  const { namespace, name, uid } = pod.metadata;
  const target = { type: "DisruptionTarget", status: "True" as const, reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" };
  try {
    client.updateStatus<Pod>("pods", { ...pod, status: { ...pod.status, conditions: withCondition(pod.status?.conditions, target, rfc3339(clock.now())) } });
    client.delete("pods", namespace, name, { preconditions: { uid } });
  } catch (error) {
    if (!(error instanceof ApiError && ["NotFound", "Conflict"].includes(error.reason))) throw error;
  }
}
