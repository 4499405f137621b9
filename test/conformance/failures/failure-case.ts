/** The format of a failure case: nodes of a zone of its own, workloads on them, and what happens to the nodes; what is seen of it is written down as milestones (`milestones.ts`). */
import type { KubeObject } from "../../../src/objects/kube-object.ts";

export type FailureAct =
  /** The kubelets of these nodes renew their leases once more, and are silent from then on. Pods run on. */
  | { does: "silence" | "return"; nodes: readonly string[] }
  /** Their kubelets tell, or no longer tell, that they are not ready. */
  | { does: "unwell" | "well"; nodes: readonly string[] }
  | { does: "join"; nodes: readonly string[] }
  | { does: "taint"; node: string; key: string; effect: string }
  | { does: "delete-node"; node: string }
  /** Asks the eviction API for every pod of the case, and writes down each answer's code. */
  | { does: "evict" }
  /** The controller manager's process ends, and begins again at once. */
  | { does: "restart-controllers" };

export interface FailureStep {
  /** From the case's beginning, when all its pods run. */
  atMs: number;
  act: FailureAct;
}

export interface FailureCase {
  id: string;
  /** What it is about, in a table. */
  what: string;
  /** There from the start: pods of the case begin on these. */
  nodes: readonly string[];
  objects: readonly KubeObject[];
  steps: readonly FailureStep[];
  untilMs: number;
  chance?: Chance;
}

/** What a real control plane does or does not by chance, and the embedded cluster never. */
export interface Chance {
  /** It has, where such a milestone was seen before so many seconds. */
  seen: RegExp;
  beforeSeconds: number;
  /** What depends on it, and is not compared then. */
  patterns: readonly RegExp[];
  why: string;
}

/** Cases that share a cluster. What strikes everybody has a cluster of its own. */
export interface FailureWorld {
  id: string;
  cases: readonly FailureCase[];
  /** All begin at once; otherwise one after the other. */
  isTogether?: true;
}

/** Named after the case, so that all of them can share a cluster. */
export const nodeName = ({ id }: Pick<FailureCase, "id">, node: string): string => `${id}-${node}`;

/** How a node is told of: those that were there from the start are alike, and which of them comes first is chance. */
export const roleOf = ({ nodes }: Pick<FailureCase, "nodes">, node: string): "first" | "later" => (nodes.includes(node) ? "first" : "later");
