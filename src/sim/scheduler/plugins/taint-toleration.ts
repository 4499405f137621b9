/** NoSchedule and NoExecute taints filter; PreferNoSchedule taints cost score. */
import type { Pod } from "../../kubelet/pod.ts";
import type { Plugin } from "../plugin.ts";
import { normalizeToMax, unresolvable } from "../plugin.ts";
import { isTolerated, untoleratedTaint } from "../taints.ts";

const REFUSED = unresolvable("node(s) had untolerated taint(s)");
const alike = ({ spec: { tolerations } }: Pod): string => JSON.stringify(tolerations ?? []);

export const taintToleration: Plugin = {
  name: "TaintToleration",
  weight: 3,
  requeueOn: ["node", "self"],
  nodeHint: {
    alike,
    mayFit: ({ spec: { tolerations } }, { before, after }) =>
      after !== undefined && untoleratedTaint(after.spec?.taints, tolerations) === undefined && (before === undefined || untoleratedTaint(before.spec?.taints, tolerations) !== undefined),
  },
  alike,
  filter({ pod }) {
    return { check: ({ taints }) => (untoleratedTaint(taints, pod.spec.tolerations) === undefined ? undefined : REFUSED) };
  },
  scorer({ pod }) {
    const soft = (pod.spec.tolerations ?? []).filter((toleration) => !toleration.effect || toleration.effect === "PreferNoSchedule");
    return {
      score: ({ taints }) => taints.filter((taint) => taint.effect === "PreferNoSchedule" && !isTolerated(taint, soft)).length,
      normalize: (scores) => normalizeToMax(scores, true),
    };
  },
};
