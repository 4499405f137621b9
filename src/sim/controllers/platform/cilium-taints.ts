/**
 * Cilium's operator keeps new pods away from nodes where its agent is placed and not ready (cilium `operator/watchers/node_taint.go`, `checkAndMarkNode`; the chart's
 * `operator.setNodeTaints` and `removeNodeTaints` are on). The agents themselves take their taint away nowhere else.
 */
import { isPodReady } from "../pod-state.ts";
import { hasTaint, swapTaints } from "../node/node-taints.ts";
import type { Reconciler } from "../reconciler.ts";
import type { Node, Pod } from "../shapes.ts";
import { isOperatorRunning, OPERATOR_RETRY_MS } from "./operator.ts";

const OPERATOR = { "io.cilium/app": "operator" };
const TAINT = { key: "node.cilium.io/agent-not-ready", effect: "NoSchedule" } as const;
const NAMESPACE = "kube-system";
const isAgent = ({ metadata }: Pod): boolean => metadata.namespace === NAMESPACE && metadata.labels?.["k8s-app"] === "cilium";

export function ciliumTaintsController(): Reconciler {
  return {
    name: "cilium-taints",
    watches: [{ type: "pods", keys: ({ object, type }) => (type !== "DELETED" && isAgent(object as Pod) ? [(object as Pod).spec.nodeName ?? ""].filter(Boolean) : []) }],
    sync(name, context) {
      const { client } = context;
      const agents = client.podsOnNode<Pod>(name).filter(isAgent);
      if (agents.length === 0) return undefined;
      const isRunning = agents.some((pod) => pod.metadata.deletionTimestamp === undefined && isPodReady(pod));
      if (hasTaint(client.get<Node>("nodes", undefined, name), TAINT.key, TAINT.effect) === !isRunning) return undefined;
      if (!isOperatorRunning(client, OPERATOR)) return OPERATOR_RETRY_MS;
      swapTaints(context, name, isRunning ? [] : [TAINT], isRunning ? [TAINT] : []);
      return undefined;
    },
  };
}
