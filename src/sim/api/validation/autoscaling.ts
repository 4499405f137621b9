/** Horizontal pod autoscalers (stored as v2) and disruption budgets. */
import { quantityNano } from "../../../lib/quantity.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { type Errors, forbidden, invalid, invalidEach, nonNegative, notSupported, required } from "./field.ts";
import { atMostAll, validateCountOrPercent } from "./int-or-percent.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain, pathSegment } from "./names.ts";
import { validateLabelSelector } from "./selectors.ts";

const WINDOW_SECONDS_MAX = 3600;
const PERIOD_SECONDS_MAX = 1800;

export function validateAutoscaler(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  const min: number | undefined = spec.minReplicas;
  const max: number = spec.maxReplicas ?? 0;
  if (min !== undefined && min < 1) invalid(errors, "spec.minReplicas", min, "must be greater than or equal to 1");
  if (max === 0) required(errors, "spec.maxReplicas", "must be set and greater than 0");
  else if (max < 0) invalid(errors, "spec.maxReplicas", max, "must be greater than or equal to 1");
  if (min !== undefined && max < min) invalid(errors, "spec.maxReplicas", max, "must be greater than or equal to `minReplicas`");
  const target: Loose = spec.scaleTargetRef ?? {};
  const before: Loose | undefined = old?.spec?.scaleTargetRef;
  // Replication controllers are the only scalable kind of the core group; what did not change is not asked again.
  const isSettled = before !== undefined && before.apiVersion === target.apiVersion && before.kind === target.kind;
  validateReference(errors, "spec.scaleTargetRef", target, isSettled ? "settled" : target.kind === "ReplicationController" ? "any" : "group");
  const metrics = items(spec.metrics);
  metrics.forEach((metric, index) => validateMetric(errors, `spec.metrics[${index}]`, metric));
  if (min === 0 && !metrics.some((metric) => metric.type === "Object" || metric.type === "External")) {
    forbidden(errors, "spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas");
  }
  for (const direction of ["scaleUp", "scaleDown"]) {
    const rules: Loose | undefined = spec.behavior?.[direction];
    if (rules) validateRules(errors, `spec.behavior.${direction}`, rules);
  }
}

function validateReference(errors: Errors, path: string, reference: Loose, needs: "settled" | "any" | "group" = "any"): void {
  for (const field of ["kind", "name"]) {
    if (!reference[field]) required(errors, `${path}.${field}`);
    else invalidEach(errors, `${path}.${field}`, reference[field], pathSegment(reference[field]));
  }
  const version: string = reference.apiVersion ?? "";
  if (needs === "settled") return;
  if (needs === "group" && !version.includes("/")) invalid(errors, `${path}.apiVersion`, version, "apiVersion must specify API group");
  else if (version.split("/").length > 2) invalid(errors, `${path}.apiVersion`, version, `unexpected GroupVersion string: ${version}`);
}

function validateRules(errors: Errors, path: string, rules: Loose): void {
  const window: number | undefined = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0) invalid(errors, `${path}.stabilizationWindowSeconds`, window, "must be greater than or equal to zero");
  if (window !== undefined && window > WINDOW_SECONDS_MAX) invalid(errors, `${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${WINDOW_SECONDS_MAX}`);
  const selects = ["Disabled", "Max", "Min"];
  if (rules.selectPolicy !== undefined && !selects.includes(rules.selectPolicy)) notSupported(errors, `${path}.selectPolicy`, rules.selectPolicy, selects);
  const policies = items(rules.policies);
  if (policies.length === 0) required(errors, `${path}.policies`, "must specify at least one Policy");
  policies.forEach((policy, index) => {
    const at = `${path}.policies[${index}]`;
    if (policy.type !== "Pods" && policy.type !== "Percent") notSupported(errors, `${at}.type`, policy.type ?? "", ["Percent", "Pods"]);
    if (!((policy.value ?? 0) > 0)) invalid(errors, `${at}.value`, policy.value ?? 0, "must be greater than zero");
    const period: number = policy.periodSeconds ?? 0;
    if (period <= 0) invalid(errors, `${at}.periodSeconds`, period, "must be greater than zero");
    if (period > PERIOD_SECONDS_MAX) invalid(errors, `${at}.periodSeconds`, period, `must be less than or equal to ${PERIOD_SECONDS_MAX}`);
  });
  if (rules.tolerance !== undefined && quantityNano(rules.tolerance) < 0n) invalid(errors, `${path}.tolerance`, rules.tolerance, "must be greater than or equal to 0");
}

const METRIC_FIELDS: Readonly<Record<string, string>> = { Object: "object", External: "external", Pods: "pods", Resource: "resource", ContainerResource: "containerResource" };
const METRIC_TYPES = ["ContainerResource", "External", "Object", "Pods", "Resource"];

function validateMetric(errors: Errors, path: string, metric: Loose): void {
  const type: string = metric.type ?? "";
  if (type === "") required(errors, `${path}.type`, "must specify a metric source type");
  if (!METRIC_TYPES.includes(type)) notSupported(errors, `${path}.type`, type, METRIC_TYPES);
  const present = Object.values(METRIC_FIELDS).filter((field) => metric[field]);
  const first = present[0];
  if (first) validateSource(errors, `${path}.${first}`, first, metric[first]);
  const expected = METRIC_FIELDS[type];
  if (expected === undefined) notSupported(errors, `${path}.type`, type, METRIC_TYPES);
  else if (!metric[expected]) required(errors, `${path}.${expected}`, "must populate information for the given metric source");
  if (present.length !== 1) {
    for (const field of present) if (field !== expected) forbidden(errors, `${path}.${field}`, "must populate the given metric source only");
  }
}

function validateSource(errors: Errors, path: string, kind: string, source: Loose): void {
  const target: Loose = source.target ?? {};
  if (kind === "object") validateReference(errors, `${path}.describedObject`, source.describedObject ?? {});
  if (kind === "object" || kind === "external" || kind === "pods") {
    if (!source.metric?.name) required(errors, `${path}.metric.name`, "must specify a metric name");
    else invalidEach(errors, `${path}.metric.name`, source.metric.name, pathSegment(source.metric.name));
  } else {
    if (!source.name) required(errors, `${path}.name`, "must specify a resource name");
    if (kind === "containerResource") {
      if (!source.container) required(errors, `${path}.container`, "must specify a container");
      else invalidEach(errors, `${path}.container`, source.container, dnsLabel(source.container));
    }
  }
  validateTarget(errors, `${path}.target`, target);
  const { value, averageValue, averageUtilization } = target;
  if (kind === "object" && value === undefined && averageValue === undefined) required(errors, `${path}.target.averageValue`, "must set either a target value or averageValue");
  if (kind === "external") {
    if (value === undefined && averageValue === undefined) required(errors, `${path}.target.averageValue`, "must set either a target value for metric or a per-pod target");
    if (value !== undefined && averageValue !== undefined) forbidden(errors, `${path}.target.value`, "may not set both a target value for metric and a per-pod target");
  }
  if (kind === "pods" && averageValue === undefined) required(errors, `${path}.target.averageValue`, "must specify a positive target averageValue");
  if (kind === "resource" || kind === "containerResource") {
    if (averageUtilization === undefined && averageValue === undefined) required(errors, `${path}.target.averageUtilization`, "must set either a target raw value or a target utilization");
    if (averageUtilization !== undefined && averageValue !== undefined) forbidden(errors, `${path}.target.averageValue`, "may not set both a target raw value and a target utilization");
  }
}

function validateTarget(errors: Errors, path: string, target: Loose): void {
  const type: string = target.type ?? "";
  if (type === "") required(errors, `${path}.type`, "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type)) invalid(errors, `${path}.type`, type, "must be either Utilization, Value, or AverageValue");
  for (const field of ["value", "averageValue"]) {
    if (target[field] !== undefined && quantityNano(target[field]) <= 0n) invalid(errors, `${path}.${field}`, target[field], "must be positive");
  }
  if (target.averageUtilization !== undefined && target.averageUtilization < 1) invalid(errors, `${path}.averageUtilization`, target.averageUtilization, "must be greater than 0");
}

export function validateAutoscalerStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  nonNegative(errors, "status.currentReplicas", next.status?.currentReplicas);
  nonNegative(errors, "status.desiredReplicas", next.status?.desiredReplicas);
}

export function validateDisruptionBudget(errors: Errors, next: KubeObject, old?: KubeObject): void {
  // Upstream leaves the metadata of budgets to the generic checks of a write.
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, pathSegment, false);
  const spec: Loose = next.spec ?? {};
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const printed = { MinAvailable: minAvailable, Selector: selector ?? null, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null };
    invalid(errors, "spec", printed, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const field of ["minAvailable", "maxUnavailable"]) {
    if (spec[field] === undefined) continue;
    validateCountOrPercent(errors, `spec.${field}`, spec[field]);
    atMostAll(errors, `spec.${field}`, spec[field]);
  }
  validateLabelSelector(errors, "spec.selector", selector);
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  if (unhealthyPodEvictionPolicy !== undefined && !policies.includes(unhealthyPodEvictionPolicy)) notSupported(errors, "spec.unhealthyPodEvictionPolicy", unhealthyPodEvictionPolicy, policies);
}

export function validateDisruptionBudgetStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  for (const field of ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]) nonNegative(errors, `status.${field}`, next.status?.[field]);
}
