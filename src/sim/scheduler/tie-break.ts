/**
 * Which of several nodes that score the same gets a pod. Upstream draws (`selectHost`): each outcome is one that may happen. Whoever looks for the worst of them chooses,
 * and is told of every pod that gets a node.
 */
import type { Random } from "../../ports/random.ts";
import type { PodInfo } from "./pod-info.ts";

export interface TieBreak {
  /** One of `nodes`, at least two; undefined leaves it to chance. */
  choose?(pod: PodInfo, nodes: readonly string[]): string | undefined;
  /** `nodes`: those that were as good, `taken` among them. */
  onPlaced?(pod: PodInfo, nodes: readonly string[], taken: string): void;
}

/** An index of `nodes`, of which there are at least two. */
export function breakTie(pod: PodInfo, nodes: readonly string[], random: Random, ties: TieBreak): number {
  // Drawn in any case: what is chosen shifts no other draw.
  const drawn = random.below(nodes.length);
  const chosen = ties.choose?.(pod, nodes);
  return chosen === undefined ? drawn : Math.max(0, nodes.indexOf(chosen));
}
