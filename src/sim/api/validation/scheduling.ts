/** Where a pod may run: node selectors, affinities, tolerations and spread. */
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notSupported, positive, required } from "./field.ts";
import { dnsLabel, dnsSubdomain, labelKey, labelValue } from "./names.ts";
import { validateLabelSelector } from "./selectors.ts";

const NOT_AN_OPERATOR = "not a valid selector operator";

export function validateNodeSelector(errors: Errors, field: string, selector: Loose): void {
  const terms = items(selector.nodeSelectorTerms);
  if (terms.length === 0) {
    required(errors, `${field}.nodeSelectorTerms`, "must have at least one node selector term");
    return;
  }
  terms.forEach((term, index) => validateNodeSelectorTerm(errors, `${field}.nodeSelectorTerms[${index}]`, term, true));
}

function validateNodeSelectorTerm(errors: Errors, field: string, term: Loose, checkValues: boolean): void {
  items(term.matchExpressions).forEach((requirement, index) => {
    const path = `${field}.matchExpressions[${index}]`;
    const values: string[] = requirement.values ?? [];
    switch (requirement.operator) {
      case "In":
      case "NotIn":
        if (values.length === 0) required(errors, `${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
        break;
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0) forbidden(errors, `${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        break;
      case "Gt":
      case "Lt":
        if (values.length !== 1) required(errors, `${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
        break;
      default:
        invalid(errors, `${path}.operator`, requirement.operator ?? "", NOT_AN_OPERATOR);
    }
    invalidEach(errors, `${path}.key`, requirement.key ?? "", labelKey(requirement.key ?? ""));
    if (checkValues) values.forEach((value, at) => invalidEach(errors, `${path}.values[${at}]`, value, labelValue(String(value))));
  });
  items(term.matchFields).forEach((requirement, index) => {
    const path = `${field}.matchFields[${index}]`;
    if (requirement.operator !== "In" && requirement.operator !== "NotIn") invalid(errors, `${path}.operator`, requirement.operator ?? "", NOT_AN_OPERATOR);
    else if (requirement.values?.length !== 1) required(errors, `${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    if (requirement.key !== "metadata.name") invalid(errors, `${path}.key`, requirement.key ?? "", "not a valid field selector key");
    else (requirement.values ?? []).forEach((value: string, at: number) => invalidEach(errors, `${path}.values[${at}]`, value, dnsSubdomain(value)));
  });
}

export function validateAffinity(errors: Errors, field: string, affinity: Loose | undefined): void {
  if (!affinity) return;
  const nodes: Loose | undefined = affinity.nodeAffinity;
  if (nodes) {
    const path = `${field}.nodeAffinity`;
    if (nodes.requiredDuringSchedulingIgnoredDuringExecution) {
      validateNodeSelector(errors, `${path}.requiredDuringSchedulingIgnoredDuringExecution`, nodes.requiredDuringSchedulingIgnoredDuringExecution);
    }
    items(nodes.preferredDuringSchedulingIgnoredDuringExecution).forEach((term, index) => {
      const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      weightInRange(errors, `${at}.weight`, term.weight);
      validateNodeSelectorTerm(errors, `${at}.preference`, term.preference ?? {}, false);
    });
  }
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const pods: Loose | undefined = affinity[kind];
    if (!pods) continue;
    const path = `${field}.${kind}`;
    items(pods.requiredDuringSchedulingIgnoredDuringExecution).forEach((term, index) => {
      validatePodAffinityTerm(errors, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, term);
    });
    items(pods.preferredDuringSchedulingIgnoredDuringExecution).forEach((weighted, index) => {
      const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      weightInRange(errors, `${at}.weight`, weighted.weight);
      validatePodAffinityTerm(errors, `${at}.podAffinityTerm`, weighted.podAffinityTerm ?? {});
    });
  }
}

function weightInRange(errors: Errors, field: string, weight: unknown): void {
  const value = typeof weight === "number" ? weight : 0;
  if (value <= 0 || value > 100) invalid(errors, field, value, "must be in the range 1-100");
}

function validatePodAffinityTerm(errors: Errors, field: string, term: Loose): void {
  validateLabelSelector(errors, `${field}.labelSelector`, term.labelSelector);
  validateLabelSelector(errors, `${field}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) invalidEach(errors, `${field}.namespace`, name, dnsLabel(name));
  validateMatchKeys(errors, field, term.matchLabelKeys ?? [], term.mismatchLabelKeys ?? [], term.labelSelector);
  if (!term.topologyKey) required(errors, `${field}.topologyKey`, "can not be empty");
  invalidEach(errors, `${field}.topologyKey`, term.topologyKey ?? "", labelKey(term.topologyKey ?? ""));
}

function validateMatchKeys(errors: Errors, field: string, match: readonly string[], mismatch: readonly string[], selector: Loose | undefined): void {
  for (const [name, keys] of [["matchLabelKeys", match], ["mismatchLabelKeys", mismatch]] as const) {
    if (keys.length === 0) continue;
    if (!selector) forbidden(errors, `${field}.${name}`, "must not be specified when labelSelector is not set");
    else keys.forEach((key, index) => invalidEach(errors, `${field}.${name}[${index}]`, key, labelKey(key)));
  }
  if (selector && match.length > 0) {
    const selected = new Set(Object.keys(selector.matchLabels ?? {}));
    for (const requirement of items(selector.matchExpressions)) {
      const index = match.lastIndexOf(requirement.key);
      if (index >= 0 && selected.has(requirement.key)) invalid(errors, `${field}[${index}]`, requirement.key, "exists in both matchLabelKeys and labelSelector");
      selected.add(requirement.key);
    }
  }
  match.forEach((key, index) => {
    if (mismatch.includes(key)) invalid(errors, `${field}.matchLabelKeys[${index}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys");
  });
}

const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateTaintEffect(errors: Errors, field: string, effect: unknown, mayBeEmpty: boolean): void {
  if (!mayBeEmpty && !effect) required(errors, field);
  else if (!TAINT_EFFECTS.includes(effect as string)) notSupported(errors, field, effect, TAINT_EFFECTS);
}

export function validateTolerations(errors: Errors, field: string, tolerations: readonly Loose[]): void {
  tolerations.forEach((toleration, index) => {
    const path = `${field}[${index}]`;
    const operator: string = toleration.operator ?? "";
    if (toleration.key) invalidEach(errors, `${path}.key`, toleration.key, labelKey(toleration.key));
    else if (operator !== "Exists") {
      invalid(errors, `${path}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"');
    }
    if (toleration.tolerationSeconds !== undefined && toleration.effect !== "NoExecute") {
      invalid(errors, `${path}.effect`, toleration.effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    if (operator === "Equal" || operator === "") {
      const messages = labelValue(toleration.value ?? "");
      if (messages.length > 0) invalid(errors, `${path}.operator`, toleration.value, messages.join(";"));
    } else if (operator === "Exists") {
      if (toleration.value) invalid(errors, `${path}.operator`, toleration.value, "value must be empty when `operator` is 'Exists'");
    } else if (operator === "Lt" || operator === "Gt") notSupported(errors, `${path}.operator`, operator, ["Equal", "Exists", "Lt", "Gt"]);
    else notSupported(errors, `${path}.operator`, operator, ["Equal", "Exists"]);
    if (toleration.effect) validateTaintEffect(errors, `${path}.effect`, toleration.effect, true);
  });
}

export function validateSpreadConstraints(errors: Errors, field: string, constraints: readonly Loose[]): void {
  constraints.forEach((constraint, index) => {
    const path = `${field}[${index}]`;
    const { topologyKey = "", whenUnsatisfiable = "" } = constraint;
    positive(errors, `${path}.maxSkew`, constraint.maxSkew ?? 0);
    if (!topologyKey) required(errors, `${path}.topologyKey`, "can not be empty");
    if (!["DoNotSchedule", "ScheduleAnyway"].includes(whenUnsatisfiable)) notSupported(errors, `${path}.whenUnsatisfiable`, whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]);
    if (constraints.slice(index + 1).some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)) {
      duplicate(errors, `${path}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`);
    }
    if (constraint.minDomains !== undefined) {
      positive(errors, `${path}.minDomains`, constraint.minDomains);
      if (whenUnsatisfiable !== "DoNotSchedule") {
        invalid(errors, `${path}.minDomains`, constraint.minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`);
      }
    }
    for (const policy of ["nodeAffinityPolicy", "nodeTaintsPolicy"]) {
      const value: unknown = constraint[policy];
      if (value !== undefined && value !== "Honor" && value !== "Ignore") notSupported(errors, `${path}.${policy}`, value, ["Honor", "Ignore"]);
    }
    validateMatchKeys(errors, path, constraint.matchLabelKeys ?? [], [], constraint.labelSelector);
    validateLabelSelector(errors, `${path}.labelSelector`, constraint.labelSelector);
  });
}
