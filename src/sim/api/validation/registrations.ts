/** Admission webhooks, admission policies and their bindings. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import { compileProblem } from "../cel/expression.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notSupported, required, tooMany } from "./field.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dns1035Label, dnsSubdomain, labelKey, pathSegment } from "./names.ts";
import { validateLabelSelector } from "./selectors.ts";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const MUTATING_OPERATIONS = ["*", "CREATE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];
const FAILURE_POLICIES = ["Fail", "Ignore"];
const MATCH_POLICIES = ["Equivalent", "Exact"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const REINVOCATIONS = ["IfNeeded", "Never"];
const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const CONDITIONS_MAX = 64;

function supported(errors: Errors, field: string, value: unknown, values: readonly string[]): void {
  if (value !== undefined && !values.includes(value as string)) notSupported(errors, field, value, values);
}

/** A domain of at least three parts. */
function fullyQualified(errors: Errors, field: string, name: string): void {
  if (name === "") required(errors, field);
  else {
    const messages = dnsSubdomain(name);
    if (messages.length > 0) invalid(errors, field, name, messages.join(","));
    else if (name.split(".").length < 3) invalid(errors, field, name, "should be a domain with at least three segments separated by dots");
  }
}

function validateOperationsRule(errors: Errors, path: string, rule: Loose): void {
  const operations: string[] = rule.operations ?? [];
  if (operations.length === 0) required(errors, `${path}.operations`);
  if (operations.length > 1 && operations.includes("*")) invalid(errors, `${path}.operations`, operations, "if '*' is present, must not specify other operations");
  operations.forEach((operation, index) => supported(errors, `${path}.operations[${index}]`, operation, OPERATIONS));
  for (const [field, what] of [["apiGroups", "API groups"], ["apiVersions", "API versions"]] as const) {
    const values: string[] = rule[field] ?? [];
    if (values.length === 0) required(errors, `${path}.${field}`);
    if (values.length > 1 && values.includes("*")) invalid(errors, `${path}.${field}`, values, `if '*' is present, must not specify other ${what}`);
    if (field === "apiVersions") values.forEach((value, index) => value === "" && required(errors, `${path}.${field}[${index}]`));
  }
  validateResources(errors, `${path}.resources`, rule.resources ?? []);
  supported(errors, `${path}.scope`, rule.scope, SCOPES);
}

function validateResources(errors: Errors, path: string, resources: readonly string[]): void {
  if (resources.length === 0) required(errors, path);
  const wholeResources = new Set<string>();
  const wholeSubresources = new Set<string>();
  let hasPlain = false;
  resources.forEach((text, index) => {
    if (text === "") {
      required(errors, `${path}[${index}]`);
      return;
    }
    const slash = text.indexOf("/");
    if (slash < 0) {
      hasPlain = text !== "*";
      return;
    }
    const resource = text.slice(0, slash);
    const subresource = text.slice(slash + 1);
    if (wholeResources.has(resource)) invalid(errors, `${path}[${index}]`, text, `if '${resource}/*' is present, must not specify ${text}`);
    if (wholeSubresources.has(subresource)) invalid(errors, `${path}[${index}]`, text, `if '*/${subresource}' is present, must not specify ${text}`);
    if (subresource === "*") wholeResources.add(resource);
    if (resource === "*") wholeSubresources.add(subresource);
  });
  if (resources.length > 1 && resources.includes("*/*")) invalid(errors, path, resources, "if '*/*' is present, must not specify other resources");
  if (resources.includes("*") && hasPlain) invalid(errors, path, resources, "if '*' is present, must not specify other resources without subresources");
}

export function validateWebhooks(errors: Errors, next: KubeObject): void {
  validateMetadata(errors, next.metadata, false, dnsSubdomain, false);
  const names = new Set<string>();
  items(next.webhooks).forEach((hook, index) => {
    const path = `webhooks[${index}]`;
    validateWebhook(errors, path, hook, next.kind === "MutatingWebhookConfiguration");
    validateReviewVersions(errors, `${path}.admissionReviewVersions`, hook.admissionReviewVersions ?? []);
    if (hook.name && names.has(hook.name)) duplicate(errors, `${path}.name`, hook.name);
    names.add(hook.name);
  });
}

function validateWebhook(errors: Errors, path: string, hook: Loose, isMutating: boolean): void {
  fullyQualified(errors, `${path}.name`, hook.name ?? "");
  items(hook.rules).forEach((rule, index) => validateOperationsRule(errors, `${path}.rules[${index}]`, rule));
  supported(errors, `${path}.failurePolicy`, hook.failurePolicy, FAILURE_POLICIES);
  supported(errors, `${path}.matchPolicy`, hook.matchPolicy, MATCH_POLICIES);
  if (hook.sideEffects === undefined) required(errors, `${path}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(", ")}`);
  else supported(errors, `${path}.sideEffects`, hook.sideEffects, SIDE_EFFECTS);
  const seconds: number | undefined = hook.timeoutSeconds;
  if (seconds !== undefined && (seconds > 30 || seconds < 1)) invalid(errors, `${path}.timeoutSeconds`, seconds, "the timeout value must be between 1 and 30 seconds");
  validateLabelSelector(errors, `${path}.namespaceSelector`, hook.namespaceSelector);
  validateLabelSelector(errors, `${path}.objectSelector`, hook.objectSelector);
  if (isMutating) supported(errors, `${path}.reinvocationPolicy`, hook.reinvocationPolicy, REINVOCATIONS);
  validateClientConfig(errors, `${path}.clientConfig`, hook.clientConfig ?? {});
  validateConditions(errors, `${path}.matchConditions`, items(hook.matchConditions));
}

/** Where a webhook is called: one of a URL or a service. */
export function validateClientConfig(errors: Errors, path: string, config: Loose): void {
  if ((config.url === undefined) === (config.service === undefined)) {
    required(errors, path, "exactly one of url or service is required");
    return;
  }
  if (config.url !== undefined) validateUrl(errors, `${path}.url`, config.url);
  else {
    const { service } = config;
    if (!service.name) required(errors, `${path}.service.name`, "service name is required");
    if (!service.namespace) required(errors, `${path}.service.namespace`, "service namespace is required");
    if (service.port !== undefined && (service.port < 1 || service.port > 65_535)) {
      invalid(errors, `${path}.service.port`, service.port, "port is not valid: must be between 1 and 65535, inclusive");
    }
  }
}

function validateUrl(errors: Errors, field: string, text: string): void {
  const form = "; desired format: https://host[/path]";
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    required(errors, field, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI for request${form}`);
    return;
  }
  if (url.protocol !== "https:") invalid(errors, field, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`);
  if (url.host === "") invalid(errors, field, url.host, `host must be specified${form}`);
  if (url.username !== "") invalid(errors, field, url.password ? `${url.username}:${url.password}` : url.username, "user information is not permitted in the URL");
  if (url.hash !== "") invalid(errors, field, url.hash.slice(1), "fragments are not permitted in the URL");
  if (url.search !== "") invalid(errors, field, url.search.slice(1), "query parameters are not permitted in the URL");
}

function validateReviewVersions(errors: Errors, path: string, versions: readonly string[]): void {
  if (versions.length === 0) {
    required(errors, path, "must specify one of v1, v1beta1");
    return;
  }
  versions.forEach((version, index) => {
    if (versions.indexOf(version) < index) invalid(errors, `${path}[${index}]`, version, "duplicate version");
    else invalidEach(errors, `${path}[${index}]`, version, dns1035Label(version));
  });
  if (!versions.includes("v1") && !versions.includes("v1beta1")) invalid(errors, path, versions, "must include at least one of v1, v1beta1");
}

function validateConditions(errors: Errors, path: string, conditions: readonly Loose[]): void {
  if (conditions.length > CONDITIONS_MAX) tooMany(errors, path, conditions.length, CONDITIONS_MAX);
  const names = new Set<string>();
  conditions.forEach((condition, index) => {
    const at = `${path}[${index}]`;
    const expression = String(condition.expression ?? "").trim();
    if (expression === "") required(errors, `${at}.expression`);
    else validateExpression(errors, `${at}.expression`, expression);
    if (!condition.name) required(errors, `${at}.name`);
    else {
      invalidEach(errors, `${at}.name`, condition.name, labelKey(condition.name));
      if (names.has(condition.name)) duplicate(errors, `${at}.name`, condition.name);
    }
    names.add(condition.name);
  });
}

function validateExpression(errors: Errors, path: string, expression: string): void {
  const problem = compileProblem(expression);
  if (problem !== undefined) invalid(errors, path, expression, problem);
}

function validateMatchResources(errors: Errors, path: string, resources: Loose | undefined): void {
  if (!resources) return;
  supported(errors, `${path}.matchPolicy`, resources.matchPolicy, MATCH_POLICIES);
  validateLabelSelector(errors, `${path}.namespaceSelector`, resources.namespaceSelector);
  validateLabelSelector(errors, `${path}.objectSelector`, resources.objectSelector);
  for (const list of ["resourceRules", "excludeResourceRules"]) {
    items(resources[list]).forEach((rule, index) => {
      const at = `${path}.${list}[${index}]`;
      const names: string[] = rule.resourceNames ?? [];
      names.forEach((name, place) => {
        invalidEach(errors, `${at}.resourceNames[${place}]`, name, pathSegment(name));
        if (names.indexOf(name) < place) duplicate(errors, `${at}.resourceNames[${place}]`, name);
      });
      validateOperationsRule(errors, at, rule);
    });
  }
}

function validateParamKind(errors: Errors, path: string, kind: Loose | undefined): void {
  if (!kind) return;
  const version: string = kind.apiVersion ?? "";
  if (version === "") required(errors, `${path}.apiVersion`);
  else if (version.split("/").length > 2) invalid(errors, `${path}.apiVersion`, version, `unexpected GroupVersion string: ${version}`);
  if (!kind.kind) required(errors, `${path}.kind`);
  else {
    const messages = dns1035Label(String(kind.kind).toLowerCase());
    if (messages.length > 0) invalid(errors, `${path}.kind`, kind.kind, `may have mixed case, but should otherwise match: ${messages.join(",")}`);
  }
}

export function validateAdmissionPolicy(errors: Errors, next: KubeObject, old?: KubeObject): void {
  validateMetadata(errors, next.metadata, false, dnsSubdomain, false);
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata, false);
  const spec: Loose = next.spec ?? {};
  const isMutating = next.kind === "MutatingAdmissionPolicy";
  supported(errors, "spec.failurePolicy", spec.failurePolicy, FAILURE_POLICIES);
  validateParamKind(errors, "spec.paramKind", spec.paramKind);
  if (!spec.matchConstraints) required(errors, "spec.matchConstraints");
  else {
    validateMatchResources(errors, "spec.matchConstraints", spec.matchConstraints);
    const rules = items(spec.matchConstraints.resourceRules);
    if (rules.length === 0) required(errors, "spec.matchConstraints.resourceRules");
    if (isMutating) {
      for (const rule of rules) for (const operation of rule.operations ?? []) supported(errors, "spec.matchConstraints.resourceRules.operations", operation, MUTATING_OPERATIONS);
    }
  }
  validateConditions(errors, "spec.matchConditions", items(spec.matchConditions));
  items(spec.variables).forEach((variable, index) => validateVariable(errors, `spec.variables[${index}]`, variable));
  if (isMutating) validateMutations(errors, spec);
  else validateValidations(errors, spec);
}

function validateVariable(errors: Errors, path: string, variable: Loose): void {
  const name: string = variable.name ?? "";
  if (name.trim() === "") required(errors, `${path}.name`, "name is not specified");
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name)) invalid(errors, `${path}.name`, name, "must be a valid CEL identifier");
  const expression: string = variable.expression ?? "";
  if (expression.trim() === "") required(errors, `${path}.expression`, "expression is not specified");
  else validateExpression(errors, `${path}.expression`, expression);
}

const MUST_HAVE_ONE = "validations or auditAnnotations must contain at least one item";

function validateValidations(errors: Errors, spec: Loose): void {
  const validations = items(spec.validations);
  const annotations = items(spec.auditAnnotations);
  if (validations.length === 0 && annotations.length === 0) {
    required(errors, "spec.validations", MUST_HAVE_ONE);
    required(errors, "spec.auditAnnotations", MUST_HAVE_ONE);
    return;
  }
  validations.forEach((validation, index) => {
    const path = `spec.validations[${index}]`;
    const expression: string = validation.expression ?? "";
    if (expression.trim() === "") required(errors, `${path}.expression`, "expression is not specified");
    else validateExpression(errors, `${path}.expression`, expression);
    const { message, messageExpression, reason } = validation;
    if (messageExpression && messageExpression.trim() === "") invalid(errors, `${path}.messageExpression`, messageExpression, "must be non-empty if specified");
    else if (messageExpression) validateExpression(errors, `${path}.messageExpression`, messageExpression);
    if (message && message.trim() === "") invalid(errors, `${path}.message`, message, "must be non-empty if specified");
    else if (message && /[\r\n]/.test(message.trim())) invalid(errors, `${path}.message`, message, "must not contain line breaks");
    supported(errors, `${path}.reason`, reason, REASONS);
  });
  annotations.forEach((annotation, index) => {
    const path = `spec.auditAnnotations[${index}]`;
    if (!annotation.key) required(errors, `${path}.key`);
    if (!String(annotation.valueExpression ?? "").trim()) required(errors, `${path}.valueExpression`, "valueExpression is not specified");
    if (annotations.findIndex((other) => other.key === annotation.key) < index) duplicate(errors, `${path}.key`, annotation.key);
  });
}

function validateMutations(errors: Errors, spec: Loose): void {
  const mutations = items(spec.mutations);
  if (mutations.length === 0) required(errors, "spec.mutations", "mutations must contain at least one item");
  mutations.forEach((mutation, index) => {
    const path = `spec.mutations[${index}]`;
    if (!mutation.patchType) required(errors, `${path}.patchType`);
    else supported(errors, `${path}.patchType`, mutation.patchType, ["ApplyConfiguration", "JSONPatch"]);
    const field = mutation.patchType === "JSONPatch" ? "jsonPatch" : "applyConfiguration";
    const expression = String(mutation[field]?.expression ?? "");
    if (!mutation[field]) required(errors, `${path}.${field}`, `must be specified when patchType is ${mutation.patchType}`);
    else if (expression.trim() === "") required(errors, `${path}.${field}.expression`, "expression is not specified");
    else validateExpression(errors, `${path}.${field}.expression`, expression);
  });
  if (!spec.reinvocationPolicy) required(errors, "spec.reinvocationPolicy");
  else supported(errors, "spec.reinvocationPolicy", spec.reinvocationPolicy, REINVOCATIONS);
}

const ACTIONS = ["Audit", "Deny", "Warn"];

export function validatePolicyBinding(errors: Errors, next: KubeObject, old?: KubeObject): void {
  validateMetadata(errors, next.metadata, false, dnsSubdomain, false);
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata, false);
  const spec: Loose = next.spec ?? {};
  if (!spec.policyName) required(errors, "spec.policyName");
  else invalidEach(errors, "spec.policyName", spec.policyName, dnsSubdomain(spec.policyName));
  if (spec.paramRef) validateParamRef(errors, "spec.paramRef", spec.paramRef);
  validateMatchResources(errors, "spec.matchResources", spec.matchResources);
  if (next.kind !== "ValidatingAdmissionPolicyBinding") return;
  const actions: string[] = spec.validationActions ?? [];
  actions.forEach((action, index) => {
    supported(errors, `spec.validationActions[${index}]`, action, ACTIONS);
    if (actions.indexOf(action) < index) duplicate(errors, `spec.validationActions[${index}]`, action);
  });
  if (actions.includes("Deny") && actions.includes("Warn")) {
    invalid(errors, "spec.validationActions", actions, "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
  }
  if (actions.length === 0) required(errors, "spec.validationActions", "at least one validation action is required");
}

function validateParamRef(errors: Errors, path: string, ref: Loose): void {
  if (ref.name) {
    invalidEach(errors, `${path}.name`, ref.name, pathSegment(ref.name));
    if (ref.selector) forbidden(errors, `${path}.name`, "name and selector are mutually exclusive");
  }
  validateLabelSelector(errors, `${path}.selector`, ref.selector);
  if (ref.name && ref.selector) forbidden(errors, `${path}.selector`, "name and selector are mutually exclusive");
  if (!ref.name && !ref.selector) required(errors, path, "one of name or selector must be specified");
  if (!ref.parameterNotFoundAction) required(errors, `${path}.parameterNotFoundAction`);
  else supported(errors, `${path}.parameterNotFoundAction`, ref.parameterNotFoundAction, ["Deny", "Allow"]);
}
