/** Labels and label selectors (`apimachinery/pkg/apis/meta/v1/validation`). */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { type Errors, forbidden, invalid, invalidEach, required } from "./field.ts";
import { labelKey, labelValue } from "./names.ts";

export function validateLabels(errors: Errors, field: string, labels: Record<string, string> | undefined): void {
  for (const key in labels) {
    for (const message of labelKey(key)) invalid(errors, field, key, message);
    for (const message of labelValue(String(labels[key]))) invalid(errors, field, labels[key], message);
  }
}

export function validateLabelSelector(errors: Errors, field: string, selector: Loose | undefined): void {
  if (!selector) return;
  validateLabels(errors, `${field}.matchLabels`, selector.matchLabels);
  items(selector.matchExpressions).forEach((requirement, index) => validateRequirement(errors, `${field}.matchExpressions[${index}]`, requirement));
}

function validateRequirement(errors: Errors, field: string, requirement: Loose): void {
  const values: string[] = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) required(errors, `${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) forbidden(errors, `${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    default:
      invalid(errors, `${field}.operator`, requirement.operator ?? "", "not a valid selector operator");
  }
  invalidEach(errors, `${field}.key`, requirement.key ?? "", labelKey(String(requirement.key ?? "")));
  values.forEach((value, index) => invalidEach(errors, `${field}.values[${index}]`, value, labelValue(String(value))));
}

/** Labels with their keys in order, as Go prints maps; null where there are none. */
export function printLabels(labels: Record<string, string> | undefined): unknown {
  return labels === undefined ? null : Object.fromEntries(Object.keys(labels).sort().map((key) => [key, labels[key]]));
}

/** A selector as a message shows it. */
export function printSelector(selector: Loose | undefined): unknown {
  if (!selector) return null;
  return { ...(selector.matchLabels ? { matchLabels: printLabels(selector.matchLabels) } : {}), ...(selector.matchExpressions ? { matchExpressions: selector.matchExpressions } : {}) };
}

/** True where a selector selects everything, as an absent list of requirements does. */
export function isEmptySelector(selector: Loose | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + items(selector?.matchExpressions).length === 0;
}
