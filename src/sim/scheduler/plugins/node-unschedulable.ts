/** Cordoned nodes take only pods that tolerate the cordon. */
import type { Plugin } from "../plugin.ts";
import { unresolvable } from "../plugin.ts";
import { isTolerated } from "../taints.ts";

const CORDON = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;
const REFUSED = unresolvable("node(s) were unschedulable");

export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  requeueOn: ["node", "self"],
  nodeHint: {
    alike: () => "",
    mayFit: (_pod, { before, after }) => after !== undefined && after.spec?.unschedulable !== true && (before === undefined || before.spec?.unschedulable === true),
  },
  alike: ({ spec: { tolerations } }) => String(isTolerated(CORDON, tolerations)),
  filter({ pod }) {
    const toleratesCordon = isTolerated(CORDON, pod.spec.tolerations);
    return {
      check: ({ isCordoned }) => (isCordoned && !toleratesCordon ? REFUSED : undefined),
    };
  },
};
