/** A pod with scheduling gates is not considered until they are removed. */
import type { Plugin } from "../plugin.ts";

export const schedulingGates: Plugin = {
  name: "SchedulingGates",
  requeueOn: ["self"],
  gate(pod) {
    const names = (pod.spec.schedulingGates ?? []).map((gate) => gate.name);
    return names.length === 0 ? undefined : `waiting for scheduling gates: [${names.join(" ")}]`;
  },
};
