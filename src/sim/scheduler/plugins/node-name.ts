/** A pod that names its node goes nowhere else. */
import type { Plugin } from "../plugin.ts";
import { NEW_NODES, unresolvable } from "../plugin.ts";

export const nodeName: Plugin = {
  name: "NodeName",
  requeueOn: ["node"],
  nodeHint: NEW_NODES,
  filter({ pod }) {
    const wanted = pod.spec.nodeName;
    if (!wanted) return undefined;
    return { check: (node) => (node.name === wanted ? undefined : unresolvable("node(s) didn't match the requested node name")) };
  },
};
