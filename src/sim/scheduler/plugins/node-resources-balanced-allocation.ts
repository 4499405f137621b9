/** Favours nodes whose cpu and memory use the pod brings closer together (the 1.36 formula: improvement, not state). */
import type { Plugin } from "../plugin.ts";
import { NODE_SCORE_MAX } from "../plugin.ts";
import type { NodeInfo } from "../node-info.ts";

const RESOURCES = ["cpu", "memory"] as const;

export const nodeResourcesBalancedAllocation: Plugin = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  requeueOn: ["pod-deleted", "node"],
  scorer({ requests }) {
    // Best-effort pods skip it, or they would pile up on one node.
    if (RESOURCES.every((name) => !requests.get(name))) return undefined;
    const withPod = (name: string): number => requests.get(name) ?? 0;
    const nothing = (): number => 0;
    return {
      score: (node) => NODE_SCORE_MAX / 2 + Math.trunc((NODE_SCORE_MAX / 2 + balance(node, withPod) - balance(node, nothing)) / 2),
    };
  },
};

function balance(node: NodeInfo, extra: (name: string) => number): number {
  const fractions: number[] = [];
  for (const name of RESOURCES) {
    const allocatable = node.allocatable.get(name) ?? 0;
    if (allocatable === 0) continue;
    fractions.push(Math.min(1, ((node.requested.get(name) ?? 0) + extra(name)) / allocatable));
  }
  const deviation = fractions.length === 2 ? Math.abs((fractions[0]! - fractions[1]!) / 2) : 0;
  return Math.trunc((1 - deviation) * NODE_SCORE_MAX);
}
