/** Node selector and node affinity: the required part filters, the preferred part scores. */
import type { Plugin } from "../plugin.ts";
import { normalizeToMax, unresolvable } from "../plugin.ts";
import type { PodInfo } from "../pod-info.ts";
import { nodeSelectorTermMatches, requiredNodeAffinityMatches } from "../node-selector.ts";

export const nodeAffinity: Plugin = {
  name: "NodeAffinity",
  weight: 2,
  requeueOn: ["node", "self"],
  nodeHint: {
    alike: ({ spec: { affinity, nodeSelector } }) => JSON.stringify([affinity?.nodeAffinity, nodeSelector]),
    mayFit: (pod, { before, after }) => after !== undefined && requiredNodeAffinityMatches(pod, after) && (before === undefined || !requiredNodeAffinityMatches(pod, before)),
  },
  filter(info) {
    const { pod } = info;
    if (pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution == null && pod.spec.nodeSelector == null) return undefined;
    const onlyNodes = nodesByName(info);
    if (onlyNodes?.size === 0) return unresolvable("pod affinity terms conflict");
    return {
      ...(onlyNodes ? { onlyNodes } : {}),
      check: ({ node }) => (requiredNodeAffinityMatches(pod, node) ? undefined : unresolvable("node(s) didn't match Pod's node affinity/selector")),
    };
  },
  scorer({ pod }) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if (preferred == null) return undefined;
    return {
      score: ({ node }) => preferred.reduce((sum, term) => sum + (nodeSelectorTermMatches(term.preference, node) ? term.weight : 0), 0),
      normalize: (scores) => normalizeToMax(scores, false),
    };
  },
};

/** The node names that every alternative pins (DaemonSet pods); undefined when one alternative pins none. */
function nodesByName({ pod }: PodInfo): Set<string> | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const term of terms) {
    let pinned: Set<string> | undefined;
    for (const field of term.matchFields ?? []) {
      if (field.key !== "metadata.name" || field.operator !== "In") continue;
      const values = field.values ?? [];
      pinned = pinned === undefined ? new Set(values) : new Set(values.filter((value) => pinned!.has(value)));
    }
    if (pinned === undefined) return undefined;
    for (const name of pinned) names.add(name);
  }
  return names;
}
