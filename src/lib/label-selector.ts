/** Kubernetes label selectors (`metav1.LabelSelector`) matched against labels. */

export interface LabelSelectorRequirement {
  key: string;
  operator: string;
  values?: readonly string[];
}

export interface LabelSelector {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly LabelSelectorRequirement[];
}

export type Labels = Readonly<Record<string, string>> | undefined;

/** True when every wanted label is there with this value. */
export function labelsInclude(labels: Labels, wanted: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

function requirementHolds(requirement: LabelSelectorRequirement, labels: Labels): boolean {
  const value = labels?.[requirement.key];
  switch (requirement.operator) {
    case "In":
      return value !== undefined && (requirement.values ?? []).includes(value);
    case "NotIn":
      return value === undefined || !(requirement.values ?? []).includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/** As `metav1.LabelSelectorAsSelector`: a missing selector matches nothing, an empty one everything. */
export function selectorMatches(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  if (selector == null) return false;
  if (!labelsInclude(labels, selector.matchLabels)) return false;
  return selector.matchExpressions == null || selector.matchExpressions.every((requirement) => requirementHolds(requirement, labels));
}

export function selectorIsEmpty(selector: LabelSelector | null | undefined): boolean {
  if (selector == null) return true;
  for (const _key in selector.matchLabels) return false;
  return (selector.matchExpressions ?? []).length === 0;
}
