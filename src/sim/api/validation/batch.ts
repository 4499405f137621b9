/** Jobs and cron jobs. */
import { equalJson } from "../../../lib/json.ts";
import { selectorMatches } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { cronProblem } from "./cron.ts";
import { duplicate, type Errors, invalid, invalidEach, nonNegative, notSupported, required, tooLong, tooMany } from "./field.ts";
import { printInternal } from "./internal-json.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain, labelKey } from "./names.ts";
import { domainPrefixedPath } from "./networking.ts";
import { validatePodTemplate } from "./pod.ts";
import { printLabels, printSelector, validateLabelSelector } from "./selectors.ts";

const PARALLELISM_MAX = 100_000;
const CRON_NAME_LENGTH_MAX = 52;
const FAILURE_RULES_MAX = 20;
const EXIT_CODES_MAX = 255;

export function validateJob(errors: Errors, next: KubeObject, old?: KubeObject): void {
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  validateGeneratedSelector(errors, next, spec);
  validateWholeSpec(errors, spec);
  if (spec.completionMode === "Indexed" && spec.completions > 0) {
    const host = `${next.metadata.name}-${spec.completions - 1}`;
    if (dnsLabel(host).length > 0) invalid(errors, "metadata.name", next.metadata.name, `will not able to create pod with invalid DNS label: ${host}`);
  }
  if (!old) return;
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateWholeSpec(errors, spec);
  validateJobUpdate(errors, spec, old);
}

function validateGeneratedSelector(errors: Errors, job: KubeObject, spec: Loose): void {
  if (spec.manualSelector === true || !spec.selector) return;
  const labels: Record<string, string> = spec.template?.metadata?.labels ?? {};
  const { uid = "", name } = job.metadata;
  const expected: Record<string, string> = {
    "controller-uid": uid,
    "job-name": name,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
  };
  for (const key in expected) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) required(errors, path, `must be '${expected[key]}'`);
    else if (labels[key] !== expected[key]) invalid(errors, path, printLabels(labels), `must be '${expected[key]}'`);
  }
  if (!selectorMatches(spec.selector, expected)) invalid(errors, "spec.selector", printSelector(spec.selector), "`selector` not auto-generated");
}

function validateWholeSpec(errors: Errors, spec: Loose): void {
  validateJobSpec(errors, "spec", spec);
  if (!spec.selector) required(errors, "spec.selector");
  else validateLabelSelector(errors, "spec.selector", spec.selector);
  if (!selectorMatches(spec.selector, spec.template?.metadata?.labels)) {
    invalid(errors, "spec.template.metadata.labels", printLabels(spec.template?.metadata?.labels), "`selector` does not match template `labels`");
  }
}

function validateJobSpec(errors: Errors, field: string, spec: Loose): void {
  for (const name of ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"]) {
    nonNegative(errors, `${field}.${name}`, spec[name]);
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) required(errors, `${field}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  if (spec.managedBy !== undefined) {
    domainPrefixedPath(errors, `${field}.managedBy`, spec.managedBy);
    if (spec.managedBy.length > 63) tooLong(errors, `${field}.managedBy`, 63);
  }
  validateCompletionMode(errors, field, spec);
  if (spec.podFailurePolicy) validateFailurePolicy(errors, `${field}.podFailurePolicy`, spec);
  if (spec.successPolicy) validateSuccessPolicy(errors, `${field}.successPolicy`, spec);
  const replacements = spec.podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"];
  if (spec.podReplacementPolicy !== undefined && !replacements.includes(spec.podReplacementPolicy)) notSupported(errors, `${field}.podReplacementPolicy`, spec.podReplacementPolicy, replacements);
  validatePodTemplate(errors, `${field}.template`, spec.template);
  const restart: string = spec.template?.spec?.restartPolicy ?? "";
  const path = `${field}.template.spec.restartPolicy`;
  if (restart === "Always" || restart === "") required(errors, path, 'valid values: "OnFailure", "Never"');
  else if (restart !== "OnFailure" && restart !== "Never") notSupported(errors, path, restart, ["OnFailure", "Never"]);
  else if (spec.podFailurePolicy && restart !== "Never") invalid(errors, path, restart, 'only "Never" is supported when podFailurePolicy is specified');
}

function validateCompletionMode(errors: Errors, field: string, spec: Loose): void {
  const { completionMode, completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completionMode !== undefined && completionMode !== "NonIndexed" && completionMode !== "Indexed") {
    notSupported(errors, `${field}.completionMode`, completionMode, ["NonIndexed", "Indexed"]);
    return;
  }
  if (completionMode !== "Indexed") {
    if (backoffLimitPerIndex !== undefined) invalid(errors, `${field}.backoffLimitPerIndex`, backoffLimitPerIndex, "requires indexed completion mode");
    if (maxFailedIndexes !== undefined) invalid(errors, `${field}.maxFailedIndexes`, maxFailedIndexes, "requires indexed completion mode");
    return;
  }
  if (completions === undefined) required(errors, `${field}.completions`, "when completion mode is Indexed");
  if (parallelism > PARALLELISM_MAX) invalid(errors, `${field}.parallelism`, parallelism, `must be less than or equal to ${PARALLELISM_MAX} when completion mode is Indexed`);
  if (maxFailedIndexes > completions) invalid(errors, `${field}.maxFailedIndexes`, maxFailedIndexes, "must be less than or equal to completions");
  if (maxFailedIndexes > PARALLELISM_MAX) invalid(errors, `${field}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${PARALLELISM_MAX}`);
}

const FAILURE_ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const quoted = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;

function validateFailurePolicy(errors: Errors, field: string, spec: Loose): void {
  const rules = items(spec.podFailurePolicy.rules);
  if (rules.length > FAILURE_RULES_MAX) tooMany(errors, `${field}.rules`, rules.length, FAILURE_RULES_MAX);
  const pod: Loose = spec.template?.spec ?? {};
  const names = new Set([...items(pod.containers), ...items(pod.initContainers)].map((container) => container.name));
  rules.forEach((rule, index) => {
    const path = `${field}.rules[${index}]`;
    if (!rule.action) required(errors, `${path}.action`, `valid values: ${quoted(FAILURE_ACTIONS)}`);
    else if (rule.action === "FailIndex") {
      if (spec.backoffLimitPerIndex === undefined) invalid(errors, `${path}.action`, rule.action, "requires the backoffLimitPerIndex to be set");
    } else if (!FAILURE_ACTIONS.includes(rule.action)) notSupported(errors, `${path}.action`, rule.action, FAILURE_ACTIONS);
    if (rule.onExitCodes) validateExitCodes(errors, `${path}.onExitCodes`, rule.onExitCodes, names);
    const conditions = items(rule.onPodConditions);
    conditions.forEach((pattern, at) => {
      invalidEach(errors, `${path}.onPodConditions[${at}].type`, pattern.type ?? "", labelKey(pattern.type ?? ""));
      if (!["False", "True", "Unknown"].includes(pattern.status)) notSupported(errors, `${path}.onPodConditions[${at}].status`, pattern.status ?? "", ["False", "True", "Unknown"]);
    });
    if (rule.onExitCodes && conditions.length > 0) errors.push({ type: "FieldValueInvalid", field: path, body: "Invalid value: specifying both OnExitCodes and OnPodConditions is not supported" });
    if (!rule.onExitCodes && conditions.length === 0) errors.push({ type: "FieldValueInvalid", field: path, body: "Invalid value: specifying one of OnExitCodes and OnPodConditions is required" });
  });
}

function validateExitCodes(errors: Errors, path: string, codes: Loose, names: ReadonlySet<string>): void {
  const operators = ["In", "NotIn"];
  if (!codes.operator) required(errors, `${path}.operator`, `valid values: ${quoted(operators)}`);
  else if (!operators.includes(codes.operator)) notSupported(errors, `${path}.operator`, codes.operator, operators);
  if (codes.containerName !== undefined && !names.has(codes.containerName)) {
    invalid(errors, `${path}.containerName`, codes.containerName, "must be one of the container or initContainer names in the pod template");
  }
  const values: number[] = codes.values ?? [];
  if (values.length === 0) invalid(errors, `${path}.values`, codes.values ?? null, "at least one value is required");
  else if (values.length > EXIT_CODES_MAX) tooMany(errors, `${path}.values`, values.length, EXIT_CODES_MAX);
  values.forEach((value, index) => {
    if (codes.operator === "In" && value === 0) invalid(errors, `${path}.values[${index}]`, value, "must not be 0 for the In operator");
    if (values.indexOf(value) < index) duplicate(errors, `${path}.values[${index}]`, value);
  });
  if (values.some((value, index) => index > 0 && values[index - 1]! > value)) invalid(errors, `${path}.values`, values, "must be ordered");
}

function validateSuccessPolicy(errors: Errors, path: string, spec: Loose): void {
  if (spec.completionMode !== "Indexed") {
    invalid(errors, path, printInternal("batch.SuccessPolicy", spec.successPolicy), "requires indexed completion mode");
    return;
  }
  const rules = items(spec.successPolicy.rules);
  if (rules.length === 0) required(errors, `${path}.rules`, "at least one rules must be specified when the successPolicy is specified");
  if (rules.length > FAILURE_RULES_MAX) tooMany(errors, `${path}.rules`, rules.length, FAILURE_RULES_MAX);
  rules.forEach((rule, index) => {
    const at = `${path}.rules[${index}]`;
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) required(errors, at, "at least one of succeededCount or succeededIndexes must be specified");
    nonNegative(errors, `${at}.succeededCount`, rule.succeededCount);
    if (rule.succeededCount > spec.completions) {
      invalid(errors, `${at}.succeededCount`, rule.succeededCount, `must be less than or equal to ${spec.completions} (the number of specified completions)`);
    }
  });
}

function validateJobUpdate(errors: Errors, spec: Loose, old: KubeObject): void {
  const before: Loose = old.spec ?? {};
  validateCompletionsUpdate(errors, spec, before);
  immutable(errors, "spec.selector", printSelector(spec.selector), printSelector(before.selector));
  validateTemplateUpdate(errors, spec.template ?? {}, old);
  immutable(errors, "spec.completionMode", spec.completionMode, before.completionMode);
  if (!equalJson(spec.podFailurePolicy, before.podFailurePolicy)) immutable(errors, "spec.podFailurePolicy", printPolicy("batch.PodFailurePolicy", spec.podFailurePolicy), undefined);
  immutable(errors, "spec.backoffLimitPerIndex", spec.backoffLimitPerIndex, before.backoffLimitPerIndex);
  immutable(errors, "spec.managedBy", spec.managedBy, before.managedBy);
  if (!equalJson(spec.successPolicy, before.successPolicy)) immutable(errors, "spec.successPolicy", printPolicy("batch.SuccessPolicy", spec.successPolicy), undefined);
}

function printPolicy(struct: string, policy: unknown): unknown {
  return policy === undefined ? null : printInternal(struct, policy);
}

/** An indexed job may be resized when both numbers move together. */
function validateCompletionsUpdate(errors: Errors, spec: Loose, before: Loose): void {
  if (spec.completions === before.completions) return;
  const isElastic = spec.completionMode === "Indexed" && before.completionMode === "Indexed" && spec.completions !== undefined && before.completions !== undefined;
  if (!isElastic) immutable(errors, "spec.completions", spec.completions, before.completions);
  else if (spec.completions !== spec.parallelism) invalid(errors, "spec.completions", spec.completions, "can only be modified in tandem with spec.parallelism");
}

function validateTemplateUpdate(errors: Errors, template: Loose, old: KubeObject): void {
  const before: Loose = old.spec?.template ?? {};
  const isSuspended = old.spec?.suspend === true;
  const hasSuspendedCondition = items(old.status?.conditions).some((condition) => condition.type === "Suspended" && condition.status === "True");
  const isMutable = isSuspended && (!old.status?.startTime || hasSuspendedCondition) && !old.status?.active;
  let comparable: Loose = before;
  if (isMutable) {
    const metadata: Loose = { ...before.metadata };
    for (const field of ["labels", "annotations"]) copyField(metadata, template.metadata ?? {}, field);
    const podSpec: Loose = { ...before.spec };
    for (const field of ["nodeSelector", "tolerations", "schedulingGates"]) copyField(podSpec, template.spec ?? {}, field);
    const affinity: Loose = { ...podSpec.affinity };
    copyField(affinity, template.spec?.affinity ?? {}, "nodeAffinity");
    if (Object.keys(affinity).length > 0) podSpec.affinity = affinity;
    else copyField(podSpec, template.spec ?? {}, "affinity");
    for (const list of ["containers", "initContainers"]) {
      if (!podSpec[list]) continue;
      podSpec[list] = items(podSpec[list]).map((container, index) => {
        const other: Loose | undefined = template.spec?.[list]?.[index];
        return other?.name === container.name ? { ...container, resources: other!.resources } : container;
      });
    }
    comparable = { ...before, metadata, spec: podSpec };
    if (!equalJson(template.spec, comparable.spec)) invalid(errors, "spec.template.spec", printInternal("PodSpec", template.spec), "field is immutable");
    return;
  }
  if (!equalJson(template, comparable)) invalid(errors, "spec.template", printInternal("PodTemplateSpec", template), "field is immutable");
}

function copyField(into: Loose, from: Loose, field: string): void {
  if (from[field] === undefined) delete into[field];
  else into[field] = from[field];
}

export function validateJobStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  const status: Loose = next.status ?? {};
  for (const field of ["active", "succeeded", "failed", "ready", "terminating"]) nonNegative(errors, `status.${field}`, status[field]);
  const isTrue = (object: KubeObject, type: string): boolean => items(object.status?.conditions).some((condition) => condition.type === type && condition.status === "True");
  const failConditions = (why: string): void => {
    errors.push({ type: "FieldValueInvalid", field: "status.conditions", body: `Invalid value: ${why}` });
  };
  const isComplete = isTrue(next, "Complete");
  const isFailed = isTrue(next, "Failed");
  if (isComplete && isFailed) failConditions("cannot set Complete=True and Failed=true conditions");
  if (isComplete && isTrue(next, "FailureTarget")) failConditions("cannot set Complete=True and FailureTarget=true conditions");
  if (isFailed && !isTrue(old, "Failed") && !isTrue(next, "FailureTarget")) failConditions("cannot set Failed=True condition without the FailureTarget=true condition");
  if (isComplete && !isTrue(old, "Complete") && !isTrue(next, "SuccessCriteriaMet")) failConditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  if (status.completionTime && !isComplete) invalid(errors, "status.completionTime", status.completionTime, "cannot set completionTime when there is no Complete=True condition");
  if (!status.completionTime && isComplete) required(errors, "status.completionTime", "completionTime is required for Complete jobs");
  if ((isComplete || isFailed) && status.active > 0) invalid(errors, "status.active", status.active, "active>0 is invalid for finished job");
  if ((isComplete || isFailed) && !status.startTime) required(errors, "status.startTime", "startTime is required for finished job");
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (isTrue(old, type) && !isTrue(next, type)) failConditions(`cannot disable the terminal ${type}=True condition`);
  }
}

export function validateCronJob(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  validateSchedule(errors, spec, old?.spec?.schedule);
  nonNegative(errors, "spec.startingDeadlineSeconds", spec.startingDeadlineSeconds);
  if (!old || old.spec?.timeZone !== spec.timeZone) validateTimeZone(errors, spec.timeZone);
  const policies = ["Allow", "Forbid", "Replace"];
  if (!spec.concurrencyPolicy) required(errors, "spec.concurrencyPolicy");
  else if (!policies.includes(spec.concurrencyPolicy)) notSupported(errors, "spec.concurrencyPolicy", spec.concurrencyPolicy, policies);
  const template: Loose = spec.jobTemplate?.spec ?? {};
  validateJobSpec(errors, "spec.jobTemplate.spec", template);
  if (template.selector) invalid(errors, "spec.jobTemplate.spec.selector", template.selector, "`selector` will be auto-generated");
  if (template.manualSelector === true) notSupported(errors, "spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]);
  nonNegative(errors, "spec.successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit);
  nonNegative(errors, "spec.failedJobsHistoryLimit", spec.failedJobsHistoryLimit);
  if (!old && next.metadata.name.length > CRON_NAME_LENGTH_MAX) invalid(errors, "metadata.name", next.metadata.name, `must be no more than ${CRON_NAME_LENGTH_MAX} characters`);
}

function validateSchedule(errors: Errors, spec: Loose, before: string | undefined): void {
  const schedule: string = spec.schedule ?? "";
  if (schedule === "") {
    required(errors, "spec.schedule");
    return;
  }
  const problem = cronProblem(schedule);
  if (problem !== undefined) invalid(errors, "spec.schedule", schedule, problem);
  if (!schedule.includes("TZ")) return;
  if (!before?.includes("TZ")) invalid(errors, "spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  else if (spec.timeZone !== undefined) invalid(errors, "spec.schedule", schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
}

const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;

function validateTimeZone(errors: Errors, zone: string | undefined): void {
  const path = "spec.timeZone";
  if (zone === undefined) return;
  if (zone === "") {
    invalid(errors, path, zone, "timeZone must be nil or non-empty string");
    return;
  }
  for (const part of zone.split("/")) {
    if (part === "." || part === ".." || part.startsWith("-") || !ZONE_PART.test(part)) {
      invalid(errors, path, zone, `unknown time zone ${zone}`);
      return;
    }
  }
  if (zone.toLowerCase() === "local") invalid(errors, path, zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
  else if (!isKnownZone(zone)) invalid(errors, path, zone, `unknown time zone ${zone}`);
}

function isKnownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
