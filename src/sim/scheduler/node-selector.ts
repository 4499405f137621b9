/** Node selectors and node affinity matched against nodes (component-helpers `scheduling/corev1/nodeaffinity`). */
import type { INodeSelector } from "kubernetes-models/v1/NodeSelector";
import type { INodeSelectorRequirement } from "kubernetes-models/v1/NodeSelectorRequirement";
import type { INodeSelectorTerm } from "kubernetes-models/v1/NodeSelectorTerm";
import { labelsInclude } from "../../lib/label-selector.ts";
import type { Node, Pod } from "../kubelet/pod.ts";

const WHOLE_NUMBER = /^[+-]?\d+$/;

function requirementHolds(requirement: INodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const bound = values[0];
      if (value === undefined || bound === undefined || !WHOLE_NUMBER.test(value) || !WHOLE_NUMBER.test(bound)) return false;
      return requirement.operator === "Gt" ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
    }
    default:
      return false;
  }
}

/** A term without any requirement matches nothing. */
export function nodeSelectorTermMatches(term: INodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  return (
    expressions.every((requirement) => requirementHolds(requirement, node.metadata.labels?.[requirement.key])) &&
    fields.every((requirement) => requirementHolds(requirement, requirement.key === "metadata.name" ? node.metadata.name : undefined))
  );
}

/** Terms are alternatives. */
export function nodeSelectorMatches(selector: INodeSelector, node: Node): boolean {
  return selector.nodeSelectorTerms.some((term) => nodeSelectorTermMatches(term, node));
}

/** `spec.nodeSelector` and the required node affinity of a pod, both of which must hold. */
export function requiredNodeAffinityMatches(pod: Pod, node: Node): boolean {
  if (pod.spec.nodeSelector && !labelsInclude(node.metadata.labels, pod.spec.nodeSelector)) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required == null || nodeSelectorMatches(required, node);
}
