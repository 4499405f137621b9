/** Why a pod fits nowhere, in upstream's words (scheduler framework `FitError`). */
import type { Rejection } from "./plugin.ts";

export interface FitErrorParts {
  nodeCount: number;
  preFilterMessage: string;
  byNode: ReadonlyMap<string, Rejection>;
  /** What the nodes that were not looked at count as. */
  absent: Rejection | undefined;
  postFilterMessage: string;
}

/** `0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint(s). preemption: …` */
export function fitError({ nodeCount, preFilterMessage, byNode, absent, postFilterMessage }: FitErrorParts): string {
  let text = `0/${nodeCount} nodes are available:`;
  if (preFilterMessage !== "") {
    text += ` ${preFilterMessage}.`;
  } else {
    const counts = new Map<string, number>();
    const count = (reasons: readonly string[], by: number): void => {
      for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + by);
    };
    for (const { reasons } of byNode.values()) count(reasons, 1);
    if (absent !== undefined && byNode.size < nodeCount) count(absent.reasons, nodeCount - byNode.size);
    // Go sorts the finished strings, by bytes.
    const lines = [...counts].map(([reason, times]) => `${times} ${reason}`).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    if (lines.length > 0) text += ` ${lines.join(", ")}.`;
  }
  return postFilterMessage === "" ? text : `${text} ${postFilterMessage}`;
}
