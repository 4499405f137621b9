/** Taints, tolerations and required node affinity, as the controllers need them (`component-helpers/scheduling/corev1`). */
import { labelsInclude } from "../../lib/label-selector.ts";
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Taint, Toleration } from "./shapes.ts";

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator: string = toleration.operator ?? "Equal";
  switch (operator) {
    case "Exists":
      return true;
    case "Equal":
      return !!toleration.key && (toleration.value ?? "") === (taint.value ?? "");
    case "Lt":
    case "Gt": {
      const [limit, value] = [Number(toleration.value), Number(taint.value)];
      return operator === "Lt" ? value < limit : value > limit;
    }
    default:
      return false;
  }
}

export function untoleratedTaint(taints: readonly Taint[] | undefined, tolerations: readonly Toleration[] | undefined, effects: readonly string[]): Taint | undefined {
  return (taints ?? []).find((taint) => effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)));
}

function holds({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** Terms are alternatives; an empty one matches nothing. */
export function nodeTermsMatch(terms: readonly NodeSelectorTerm[], node: Node): boolean {
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length === 0 && matchFields.length === 0) return false;
    return (
      matchExpressions.every((requirement) => holds(requirement, node.metadata.labels?.[requirement.key])) &&
      matchFields.every((requirement) => holds(requirement, requirement.key === "metadata.name" ? node.metadata.name : undefined))
    );
  });
}

/** `nodeSelector` and the required node affinity. */
export function nodeAffinityMatches(spec: PodSpec, node: Node): boolean {
  if (!labelsInclude(node.metadata.labels, spec.nodeSelector)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || nodeTermsMatch(required.nodeSelectorTerms, node);
}
