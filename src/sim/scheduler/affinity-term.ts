/** A pod (anti-)affinity term, ready to be matched many times (kube-scheduler framework `AffinityTerm`). */
import type { IPodAffinityTerm } from "kubernetes-models/v1/PodAffinityTerm";
import type { LabelSelector, Labels } from "../../lib/label-selector.ts";
import { selectorMatches } from "../../lib/label-selector.ts";
import type { Pod } from "../kubelet/pod.ts";

export interface AffinityTerm {
  namespaces: ReadonlySet<string>;
  /** Missing selects no further namespace, an empty one selects all. */
  namespaceSelector: LabelSelector | undefined;
  selector: LabelSelector | undefined;
  topologyKey: string;
  weight: number;
}

export type NamespaceLabels = (namespace: string) => Labels;

export function affinityTerm(owner: Pod, term: IPodAffinityTerm, weight: number): AffinityTerm {
  const named = term.namespaces ?? [];
  const ownOnly = named.length === 0 && term.namespaceSelector == null;
  return {
    namespaces: new Set(ownOnly ? [owner.metadata.namespace ?? ""] : named),
    namespaceSelector: (term.namespaceSelector as LabelSelector | null | undefined) ?? undefined,
    selector: withLabelKeys(owner, term),
    topologyKey: term.topologyKey,
    weight,
  };
}

/** `matchLabelKeys` and `mismatchLabelKeys` become expressions on the owner's own values (the API does the same when it stores a pod). */
function withLabelKeys(owner: Pod, term: IPodAffinityTerm): LabelSelector | undefined {
  const selector = term.labelSelector as LabelSelector | undefined;
  if (selector == null || (!term.matchLabelKeys?.length && !term.mismatchLabelKeys?.length)) return selector;
  const expressions = [...(selector.matchExpressions ?? [])];
  const addKeys = (keys: readonly string[] | undefined, operator: string): void => {
    for (const key of keys ?? []) {
      const value = owner.metadata.labels?.[key];
      if (value !== undefined) expressions.push({ key, operator, values: [value] });
    }
  };
  addKeys(term.matchLabelKeys, "In");
  addKeys(term.mismatchLabelKeys, "NotIn");
  return { ...selector, matchExpressions: expressions };
}

export function termMatches(term: AffinityTerm, pod: Pod, labelsOf: NamespaceLabels): boolean {
  const namespace = pod.metadata.namespace ?? "";
  if (!term.namespaces.has(namespace)) {
    if (term.namespaceSelector === undefined || !selectorMatches(term.namespaceSelector, labelsOf(namespace) ?? {})) return false;
  }
  return selectorMatches(term.selector, pod.metadata.labels);
}
