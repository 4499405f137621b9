/** Pods that must or want to be with, or away from, other pods of a topology domain. */
import type { AffinityTerm, NamespaceLabels } from "../affinity-term.ts";
import { termMatches } from "../affinity-term.ts";
import type { Pod } from "../../kubelet/pod.ts";
import type { NodeInfo } from "../node-info.ts";
import type { NodeChange, NodeFilter, NodeScorer, Plugin, SchedulingView } from "../plugin.ts";
import { NODE_SCORE_MAX, unresolvable, unschedulable } from "../plugin.ts";
import type { PodInfo } from "../pod-info.ts";

/** Upstream's `hardPodAffinityWeight`: what another pod's required affinity to this one is worth in score. */
const HARD_POD_AFFINITY_WEIGHT = 1;

/** Counts by topology key and value. */
class DomainCounts {
  readonly #counts = new Map<string, Map<string, number>>();
  size = 0;

  add(key: string, node: NodeInfo, amount: number): void {
    const value = node.node.metadata.labels?.[key];
    if (value === undefined) return;
    let byValue = this.#counts.get(key);
    if (byValue === undefined) this.#counts.set(key, (byValue = new Map<string, number>()));
    const before = byValue.get(value) ?? 0;
    const after = before + amount;
    if (before === 0 && after !== 0) this.size++;
    if (before !== 0 && after === 0) this.size--;
    byValue.set(value, after);
  }

  get(key: string, node: NodeInfo): number | undefined {
    const value = node.node.metadata.labels?.[key];
    return value === undefined ? undefined : (this.#counts.get(key)?.get(value) ?? 0);
  }

  get keys(): Iterable<string> {
    return this.#counts.keys();
  }
}

export const interPodAffinity: Plugin = {
  name: "InterPodAffinity",
  weight: 2,
  requeueOn: ["pod-added", "pod-deleted", "node", "self"],
  nodeHint: { alike: (pod) => JSON.stringify(topologyKeys(pod)), mayFit },
  filter: required,
  scorer: preferred,
};

/** Of what a pod must be with, and of what it must be away from. */
function topologyKeys({ spec: { affinity } }: Pod): { near: string[]; away: string[] } {
  const keys = (terms: readonly { topologyKey: string }[] | undefined): string[] => (terms ?? []).map(({ topologyKey }) => topologyKey);
  return { near: keys(affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution), away: keys(affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution) };
}

/** A node that came into a domain of what the pod wants, or out of one of what it hates. A new node may always be free of what it hates. */
function mayFit(pod: Pod, { before, after }: NodeChange): boolean {
  if (after === undefined) return false;
  const { near, away } = topologyKeys(pod);
  const [is, was] = [after.metadata.labels ?? {}, before?.metadata.labels ?? {}];
  if (before === undefined) return away.length > 0 || near.some((key) => is[key] !== undefined);
  return near.some((key) => is[key] !== undefined && is[key] !== was[key]) || away.some((key) => was[key] !== undefined && is[key] !== was[key]);
}

function matchesAll(terms: readonly AffinityTerm[], info: PodInfo, labelsOf: NamespaceLabels): boolean {
  return terms.length > 0 && terms.every((term) => termMatches(term, info.pod, labelsOf));
}

function required(info: PodInfo, view: SchedulingView): NodeFilter | undefined {
  const { requiredAffinity, requiredAntiAffinity, pod } = info;
  const existingAnti = new DomainCounts();
  const affinity = new DomainCounts();
  const anti = new DomainCounts();
  const labelsOf = view.namespaceLabels;
  const count = (existing: PodInfo, node: NodeInfo, sign: 1 | -1): void => {
    for (const term of existing.requiredAntiAffinity) if (termMatches(term, pod, labelsOf)) existingAnti.add(term.topologyKey, node, sign);
    if (matchesAll(requiredAffinity, existing, labelsOf)) for (const term of requiredAffinity) affinity.add(term.topologyKey, node, sign);
    for (const term of requiredAntiAffinity) if (termMatches(term, existing.pod, labelsOf)) anti.add(term.topologyKey, node, sign);
  };
  const looksAtAll = requiredAffinity.length + requiredAntiAffinity.length > 0;
  for (const node of looksAtAll ? view.nodes : view.pods.withRequiredAntiAffinity) {
    for (const existing of (looksAtAll ? node.pods : node.podsWithRequiredAntiAffinity).values()) count(existing, node, 1);
  }
  if (!looksAtAll && existingAnti.size === 0) return undefined;
  const isFirstOfSeries = (): boolean => affinity.size === 0 && matchesAll(requiredAffinity, info, labelsOf);

  return {
    check(node) {
      let podsExist = true;
      for (const term of requiredAffinity) {
        const matching = affinity.get(term.topologyKey, node);
        if (matching === undefined) return unresolvable("node(s) didn't match pod affinity rules");
        if (matching <= 0) podsExist = false;
      }
      if (!podsExist && !isFirstOfSeries()) return unresolvable("node(s) didn't match pod affinity rules");
      if (requiredAntiAffinity.some((term) => (anti.get(term.topologyKey, node) ?? 0) > 0)) {
        return unschedulable("node(s) didn't match pod anti-affinity rules");
      }
      for (const key of existingAnti.keys) {
        if ((existingAnti.get(key, node) ?? 0) > 0) return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");
      }
      return undefined;
    },
    podRemoved: (existing, node) => count(existing, node, -1),
    podAdded: (existing, node) => count(existing, node, 1),
  };
}

function preferred(info: PodInfo, _feasible: readonly NodeInfo[], view: SchedulingView): NodeScorer | undefined {
  const labelsOf = view.namespaceLabels;
  const scores = new DomainCounts();
  const hasOwn = info.preferredAffinity.length + info.preferredAntiAffinity.length > 0;
  for (const node of hasOwn ? view.nodes : view.pods.withAffinity) {
    for (const existing of (hasOwn ? node.pods : node.podsWithAffinity).values()) {
      const addAll = (terms: readonly AffinityTerm[], target: PodInfo, sign: number, weight?: number): void => {
        for (const term of terms) if (termMatches(term, target.pod, labelsOf)) scores.add(term.topologyKey, node, sign * (weight ?? term.weight));
      };
      addAll(info.preferredAffinity, existing, 1);
      addAll(info.preferredAntiAffinity, existing, -1);
      addAll(existing.requiredAffinity, info, 1, HARD_POD_AFFINITY_WEIGHT);
      addAll(existing.preferredAffinity, info, 1);
      addAll(existing.preferredAntiAffinity, info, -1);
    }
  }
  const keys = [...scores.keys];
  if (keys.length === 0) return undefined;
  return {
    score: (node) => keys.reduce((sum, key) => sum + (scores.get(key, node) ?? 0), 0),
    normalize(values) {
      const lowest = Math.min(...values);
      const difference = Math.max(...values) - lowest;
      for (let i = 0; i < values.length; i++) {
        values[i] = difference > 0 ? Math.trunc(NODE_SCORE_MAX * ((values[i]! - lowest) / difference)) : 0;
      }
    },
  };
}
