/** Requests must fit into what is left; the emptier node scores higher (LeastAllocated over cpu and memory, each with weight 1). */
import type { Plugin, Rejection } from "../plugin.ts";
import { NodeInfo } from "../node-info.ts";
import { podInfo } from "../pod-info.ts";
import { NODE_SCORE_MAX } from "../plugin.ts";

/** Upstream's order of checks, which is the order of the reasons. */
const FIRST = ["cpu", "memory", "ephemeral-storage"];

export const nodeResourcesFit: Plugin = {
  name: "NodeResourcesFit",
  weight: 1,
  requeueOn: ["pod-deleted", "node", "self"],
  nodeHint: {
    alike: (pod) => JSON.stringify([...podInfo(pod).requests]),
    // Once it fits a node without other pods: whether more of something that it asks for came.
    mayFit(pod, { before, after }) {
      if (after === undefined) return false;
      const wanted = [...podInfo(pod).requests].filter(([name, amount]) => amount > 0 && name !== "pods");
      const [has, had] = [new NodeInfo(after), before && new NodeInfo(before)];
      if (has.podCountMax < 1 || wanted.some(([name, amount]) => amount > (has.allocatable.get(name) ?? 0))) return false;
      return had === undefined || has.podCountMax > had.podCountMax || wanted.some(([name]) => (has.allocatable.get(name) ?? 0) > (had.allocatable.get(name) ?? 0));
    },
  },
  filter({ requests }) {
    const wanted = [...FIRST, ...[...requests.keys()].filter((name) => !FIRST.includes(name) && name !== "pods")].flatMap((name): [string, number][] => {
      const amount = requests.get(name) ?? 0;
      return amount > 0 ? [[name, amount]] : [];
    });
    return {
      check(node): Rejection | undefined {
        let reasons: string[] | undefined;
        let isFinal = false;
        if (node.pods.size + 1 > node.podCountMax) reasons = ["Too many pods"];
        for (const [name, amount] of wanted) {
          const allocatable = node.allocatable.get(name) ?? 0;
          if (amount <= allocatable - (node.requested.get(name) ?? 0)) continue;
          (reasons ??= []).push(`Insufficient ${name}`);
          if (amount > allocatable) isFinal = true;
        }
        return reasons === undefined ? undefined : { reasons, isFinal };
      },
    };
  },
  scorer(info) {
    return {
      score(node) {
        let sum = 0;
        let count = 0;
        const add = (requested: number, capacity: number): void => {
          if (capacity === 0) return;
          sum += requested > capacity ? 0 : Math.trunc(((capacity - requested) * NODE_SCORE_MAX) / capacity);
          count++;
        };
        add(node.nonZeroMilliCpu + info.nonZeroMilliCpu, node.allocatable.get("cpu") ?? 0);
        add(node.nonZeroMemory + info.nonZeroMemory, node.allocatable.get("memory") ?? 0);
        return count === 0 ? 0 : Math.trunc(sum / count);
      },
    };
  },
};
