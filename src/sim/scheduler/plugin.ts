/**
 * How the scheduler's plugins plug in. A plugin looks at a pod once per attempt and hands back functions that judge single nodes;
 * "nothing to say about this pod" is undefined, upstream's Skip.
 */
import { semanticEqual } from "../../lib/deep-equal.ts";
import type { SimClient } from "../api/client.ts";
import type { Node, Pod } from "../kubelet/pod.ts";
import type { NamespaceLabels } from "./affinity-term.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodIndex } from "./pod-index.ts";
import type { PodInfo } from "./pod-info.ts";

export const NODE_SCORE_MAX = 100;

export interface Rejection {
  reasons: readonly string[];
  /** True when taking pods off the node cannot help, so that preemption does not try (UnschedulableAndUnresolvable). */
  isFinal: boolean;
}

export const unschedulable = (...reasons: string[]): Rejection => ({ reasons, isFinal: false });
export const unresolvable = (...reasons: string[]): Rejection => ({ reasons, isFinal: true });

/** What the plugins may look at. */
export interface SchedulingView {
  client: SimClient;
  /** Every node, in the order they were added. */
  nodes: readonly NodeInfo[];
  /** The pods on them. */
  pods: PodIndex;
  namespaceLabels: NamespaceLabels;
  /** On how many nodes an image is. */
  imageNodeCount(image: string): number;
  /** Counts pods of this claim (`namespace/name`) on all nodes. */
  claimUserCount(claimKey: string): number;
}

export interface NodeFilter {
  check(node: NodeInfo): Rejection | undefined;
  /** Only these nodes can fit; undefined is all of them. */
  onlyNodes?: ReadonlySet<string>;
  /** Preemption asks what would be if a pod were gone from, or back on, a node. */
  podRemoved?(pod: PodInfo, node: NodeInfo): void;
  podAdded?(pod: PodInfo, node: NodeInfo): void;
}

export interface NodeScorer {
  score(node: NodeInfo): number;
  /** Brings the raw scores of all feasible nodes to 0–100, in place. */
  normalize?(scores: number[], nodes: readonly NodeInfo[]): void;
}

/** What happens between choosing a node and binding: claims to bind first. */
export interface PreBind {
  /** Starts the work; throws ApiError when a write is refused. */
  begin(): void;
  /** True when the pod can be bound, false to wait on, a text when the pod must go back to the queue. */
  state(): boolean | string;
}

/** What can make a pod fit that did not: each plugin names the events that concern it. */
export type ClusterEvent = "node" | "pod-added" | "pod-deleted" | "claim" | "volume" | "storage-class" | "csi" | "self";

/** A node that came (no `before`), changed, or went (no `after`). */
export interface NodeChange {
  before: Node | undefined;
  after: Node | undefined;
}

/** Upstream's `isSchedulableAfterNodeChange`: which of the pods that a plugin refused a node brings back. */
export interface NodeHint {
  /** All that the answer hangs on of a pod: those that agree in it get the same one. */
  alike(pod: Pod): string;
  mayFit(pod: Pod, change: NodeChange): boolean;
}

export interface Plugin {
  name: string;
  /** Weight of the score; upstream `default_plugins.go`. */
  weight?: number;
  requeueOn: readonly ClusterEvent[];
  /** Without it any node that comes or changes may help. */
  nodeHint?: NodeHint;
  /** Where the filter looks at nothing but the node's own object: all that its answer hangs on of a pod. */
  alike?(pod: Pod): string;
  /** A text keeps the pod out of the queue altogether. */
  gate?(pod: Pod): string | undefined;
  filter?(pod: PodInfo, view: SchedulingView): NodeFilter | Rejection | undefined;
  scorer?(pod: PodInfo, feasible: readonly NodeInfo[], view: SchedulingView): NodeScorer | undefined;
  preBind?(pod: PodInfo, node: NodeInfo, view: SchedulingView): PreBind | undefined;
}

export function isRejection(result: NodeFilter | Rejection): result is Rejection {
  return "reasons" in result;
}

/** Of plugins that only a new node helps. */
export const NEW_NODES: NodeHint = { alike: () => "", mayFit: (_pod, { before }) => before === undefined };

/** Of plugins that only a new node, or new labels, help. */
export const NEW_LABELS: NodeHint = {
  alike: () => "",
  mayFit: (_pod, { before, after }) => after !== undefined && (before === undefined || !semanticEqual(before.metadata.labels, after.metadata.labels)),
};

/** Upstream's `DefaultNormalizeScore`: the highest becomes 100 (or 0 when reversed), the rest in proportion, whole numbers. */
export function normalizeToMax(scores: number[], reverse: boolean): void {
  const highest = Math.max(0, ...scores);
  for (let i = 0; i < scores.length; i++) {
    if (highest === 0) {
      if (reverse) scores[i] = NODE_SCORE_MAX;
      continue;
    }
    const share = Math.trunc((NODE_SCORE_MAX * scores[i]!) / highest);
    scores[i] = reverse ? NODE_SCORE_MAX - share : share;
  }
}
