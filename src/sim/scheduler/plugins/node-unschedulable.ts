/** Cordoned nodes take only pods that tolerate the cordon. */
import type { Plugin } from "../plugin.ts";
import { unresolvable } from "../plugin.ts";
import { isTolerated } from "../taints.ts";

const CORDON = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  requeueOn: ["node", "self"],
  filter({ pod }) {
    const toleratesCordon = isTolerated(CORDON, pod.spec.tolerations);
    return {
      check: ({ isCordoned }) => (isCordoned && !toleratesCordon ? unresolvable("node(s) were unschedulable") : undefined),
    };
  },
};
