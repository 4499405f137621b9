/** NoSchedule and NoExecute taints filter; PreferNoSchedule taints cost score. */
import type { Plugin } from "../plugin.ts";
import { normalizeToMax, unresolvable } from "../plugin.ts";
import { isTolerated, untoleratedTaint } from "../taints.ts";

export const taintToleration: Plugin = {
  name: "TaintToleration",
  weight: 3,
  requeueOn: ["node", "self"],
  filter({ pod }) {
    return {
      check: ({ taints }) =>
        untoleratedTaint(taints, pod.spec.tolerations) === undefined ? undefined : unresolvable("node(s) had untolerated taint(s)"),
    };
  },
  scorer({ pod }) {
    const soft = (pod.spec.tolerations ?? []).filter((toleration) => !toleration.effect || toleration.effect === "PreferNoSchedule");
    return {
      score: ({ taints }) => taints.filter((taint) => taint.effect === "PreferNoSchedule" && !isTolerated(taint, soft)).length,
      normalize: (scores) => normalizeToMax(scores, true),
    };
  },
};
