/** Host ports that are free on the node. */
import type { Plugin } from "../plugin.ts";
import { NEW_NODES, unschedulable } from "../plugin.ts";

export const nodePorts: Plugin = {
  name: "NodePorts",
  requeueOn: ["pod-deleted", "node"],
  nodeHint: NEW_NODES,
  filter({ hostPorts }) {
    if (hostPorts.length === 0) return undefined;
    return {
      check: (node) =>
        hostPorts.some((port) => node.portTaken(port)) ? unschedulable("node(s) didn't have free ports for the requested pod ports") : undefined,
    };
  },
};
