/** The smaller kinds of the core group. */
import { compareQuantities, quantityNumber } from "../../../lib/quantity.ts";
import { equalJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { duplicate, type Errors, forbidden, internal, invalid, invalidEach, required, tooLong } from "./field.ts";
import { cidrFamily, legacyCidr } from "./ip.ts";
import { IMMUTABLE, immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { configKey, dnsLabel, dnsSubdomain, labelKey, labelValue } from "./names.ts";
import { isOvercommitAllowed, isQuotaHugePage, QUOTA_RESOURCES, validateAmount, validateResourceName } from "./resources.ts";
import { validateTaintEffect } from "./scheduling.ts";
import { jsonMistake } from "../http/json-mistake.ts";

const SECRET_BYTES_MAX = 1024 * 1024;
const LOCKED = "field is immutable when `immutable` is set";

function base64Bytes(text: unknown): number {
  if (typeof text !== "string") return 0;
  return Math.floor((text.length * 3) / 4) - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
}

function checkLocked(errors: Errors, next: Loose, old: Loose, fields: readonly string[]): void {
  if (old.immutable !== true) return;
  if (next.immutable !== true) forbidden(errors, "immutable", LOCKED);
  for (const field of fields) if (!equalJson(next[field] ?? {}, old[field] ?? {})) forbidden(errors, field, LOCKED);
}

export function validateConfigMap(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    checkLocked(errors, next, old, ["data", "binaryData"]);
  }
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  let bytes = 0;
  for (const key in next.data) {
    invalidEach(errors, `data[${key}]`, key, configKey(key));
    if (next.binaryData && key in next.binaryData) invalid(errors, `data[${key}]`, key, "duplicate of key present in binaryData");
    bytes += Buffer.byteLength(String(next.data[key]));
  }
  for (const key in next.binaryData) {
    invalidEach(errors, `binaryData[${key}]`, key, configKey(key));
    bytes += base64Bytes(next.binaryData[key]);
  }
  if (bytes > SECRET_BYTES_MAX) tooLong(errors, "[]", SECRET_BYTES_MAX);
}

export function validateSecret(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    immutable(errors, "type", next.type, old.type);
    checkLocked(errors, next, old, ["data"]);
  }
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const data: Record<string, string> = next.data ?? {};
  let bytes = 0;
  for (const key in data) {
    invalidEach(errors, `data[${key}]`, key, configKey(key));
    bytes += base64Bytes(data[key]);
  }
  if (bytes > SECRET_BYTES_MAX) tooLong(errors, "data", SECRET_BYTES_MAX);
  validateSecretType(errors, next, data);
}

function validateSecretType(errors: Errors, secret: KubeObject, data: Record<string, string>): void {
  const need = (key: string): void => {
    if (!(key in data)) required(errors, `data[${key}]`);
  };
  switch (secret.type) {
    case "kubernetes.io/service-account-token": {
      const key = "kubernetes.io/service-account.name";
      if (!secret.metadata.annotations?.[key]) required(errors, `metadata.annotations[${key}]`);
      break;
    }
    case "kubernetes.io/dockercfg":
      need(".dockercfg");
      checkJson(errors, ".dockercfg", data[".dockercfg"]);
      break;
    case "kubernetes.io/dockerconfigjson":
      need(".dockerconfigjson");
      checkJson(errors, ".dockerconfigjson", data[".dockerconfigjson"]);
      break;
    case "kubernetes.io/basic-auth":
      if (!("username" in data) && !("password" in data)) {
        need("username");
        need("password");
      }
      break;
    case "kubernetes.io/ssh-auth":
      if (!data["ssh-privatekey"]) required(errors, "data[ssh-privatekey]");
      break;
    case "kubernetes.io/tls":
      need("tls.crt");
      need("tls.key");
      break;
  }
}

function checkJson(errors: Errors, key: string, encoded: string | undefined): void {
  if (encoded === undefined) return;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const fail = (why: string): void => invalid(errors, `data[${key}]`, "<secret contents redacted>", why);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || Array.isArray(value)) {
      const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
      fail(`json: cannot unmarshal ${type} into Go value of type map[string]interface {}`);
    }
  } catch (error) {
    fail(jsonMistake(text) ?? (error as Error).message);
  }
}

export function validateServiceAccount(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
}

export function validateNamespace(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    return;
  }
  validateMetadata(errors, next.metadata, false, dnsLabel);
  for (const finalizer of next.spec?.finalizers ?? []) validateFinalizer(errors, "spec.finalizers", finalizer);
}

export function validateNamespaceFinalize(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  (next.spec?.finalizers ?? []).forEach((finalizer: string, index: number) => validateFinalizer(errors, `spec.finalizers[${index}]`, finalizer));
}

function validateFinalizer(errors: Errors, field: string, finalizer: string): void {
  invalidEach(errors, field, finalizer, labelKey(finalizer));
  if (!finalizer.includes("/") && !["kubernetes", "orphan", "foregroundDeletion"].includes(finalizer)) {
    invalid(errors, field, finalizer, "name is neither a standard finalizer name nor is it fully qualified");
  }
}

export function validateNamespaceStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  const phase: string = next.status?.phase ?? "";
  if (!next.metadata.deletionTimestamp) {
    if (phase !== "Active") invalid(errors, "status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty");
  } else if (phase !== "Terminating") invalid(errors, "status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
}

export function validateNode(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const spec: Loose = next.spec ?? {};
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else {
    validateMetadata(errors, next.metadata, false, dnsSubdomain);
    validateTaints(errors, items(spec.taints));
  }
  for (const list of ["capacity", "allocatable"]) {
    for (const name in next.status?.[list]) validateAmount(errors, `status.${list}.${name}`, name, next.status[list][name]);
  }
  if (!old) {
    // The older single field is read as a list of one.
    const ranges: string[] = spec.podCIDRs ?? (spec.podCIDR ? [spec.podCIDR] : []);
    ranges.forEach((range, index) => legacyCidr(errors, `spec.podCIDRs[${index}]`, range));
    const unreadable = ranges.length > 1 ? ranges.findIndex((range) => cidrFamily(range) === 0) : -1;
    if (unreadable >= 0) {
      internal(errors, "spec.podCIDRs", `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${unreadable}]: <nil> (invalid CIDR address: ${ranges[unreadable]})`);
    }
    if (ranges.length > 1 && (unreadable >= 0 || new Set(ranges.map(cidrFamily)).size < 2 || ranges.length > 2)) {
      invalid(errors, "spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family");
    }
    return;
  }
  const addresses = items(next.status?.addresses);
  addresses.forEach((address, index) => {
    if (addresses.findIndex((other) => other.type === address.type && other.address === address.address) < index) {
      duplicate(errors, `status.addresses[${index}]`, { Type: address.type ?? "", Address: address.address ?? "" });
    }
  });
  const before: string[] = old.spec?.podCIDRs ?? [];
  const changed = before.length > 0 && (before.length !== (spec.podCIDRs ?? []).length || before.some((range, index) => range !== spec.podCIDRs[index]));
  if (changed) forbidden(errors, "spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid');
  if (old.spec?.providerID && old.spec.providerID !== spec.providerID) forbidden(errors, "spec.providerID", 'node updates may not change providerID except from "" to valid');
  validateTaints(errors, items(spec.taints));
}

function validateTaints(errors: Errors, taints: readonly Loose[]): void {
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    // Upstream reports taints below metadata.
    const path = `metadata.taints[${index}]`;
    invalidEach(errors, `${path}.key`, taint.key ?? "", labelKey(taint.key ?? ""));
    const messages = labelValue(taint.value ?? "");
    if (messages.length > 0) invalid(errors, `${path}.value`, taint.value, messages.join(";"));
    validateTaintEffect(errors, `${path}.effect`, taint.effect, false);
    const key = `${taint.effect}/${taint.key}`;
    if (seen.has(key)) {
      duplicate(errors, path, { Key: taint.key ?? "", Value: taint.value ?? "", Effect: taint.effect ?? "", TimeAdded: taint.timeAdded ?? null });
      errors.at(-1)!.body += ": taints must be unique by key and effect pair";
    }
    seen.add(key);
  });
}

const LIMIT_TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const LIMIT_FIELDS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

export function validateLimitRange(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const types = new Set<string>();
  items(next.spec?.limits).forEach((limit, index) => {
    const path = `spec.limits[${index}]`;
    const type: string = limit.type ?? "";
    const messages = labelKey(type);
    invalidEach(errors, `${path}.type`, type, messages);
    if (messages.length === 0 && !type.includes("/") && !LIMIT_TYPES.includes(type)) invalid(errors, `${path}.type`, type, "must be a standard limit type or fully qualified");
    if (types.has(type)) duplicate(errors, `${path}.type`, type);
    types.add(type);
    validateLimits(errors, path, limit, type);
  });
}

function validateLimits(errors: Errors, path: string, limit: Loose, type: string): void {
  const names = new Set<string>();
  for (const field of LIMIT_FIELDS) {
    const list: Record<string, string> = limit[field] ?? {};
    if (type === "Pod" && (field === "default" || field === "defaultRequest")) {
      if (Object.keys(list).length > 0) forbidden(errors, `${path}.${field}`, "may not be specified when `type` is 'Pod'");
      continue;
    }
    if (field === "maxLimitRequestRatio" && type === "PersistentVolumeClaim" && limit.min?.storage === undefined && limit.max?.storage === undefined) {
      required(errors, `${path}.limits`, "either minimum or maximum storage value is required, but neither was provided");
    }
    for (const name in list) {
      names.add(name);
      validateResourceName(errors, `${path}.${field}[${name}]`, name);
      const isOdd = !name.includes("/") && !["cpu", "memory", "ephemeral-storage"].includes(name) && !name.startsWith("hugepages-");
      if ((type === "Pod" || type === "Container") && isOdd) invalid(errors, `${path}.${field}[${name}]`, name, "must be a standard resource for containers");
    }
  }
  for (const name of names) compareLimits(errors, path, limit, name);
}

function compareLimits(errors: Errors, path: string, limit: Loose, name: string): void {
  const min: string | undefined = limit.min?.[name];
  const max: string | undefined = limit.max?.[name];
  const fallback: string | undefined = limit.default?.[name];
  const request: string | undefined = limit.defaultRequest?.[name];
  const ratio: string | undefined = limit.maxLimitRequestRatio?.[name];
  const isMore = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const fail = (field: string, value: string | undefined, detail: string): void => invalid(errors, `${path}.${field}[${name}]`, value, detail);
  if (isMore(min, max)) fail("min", min, `min value ${min} is greater than max value ${max}`);
  if (isMore(min, request)) fail("defaultRequest", request, `min value ${min} is greater than default request value ${request}`);
  if (isMore(request, max)) fail("defaultRequest", request, `default request value ${request} is greater than max value ${max}`);
  if (isMore(request, fallback)) fail("defaultRequest", request, `default request value ${request} is greater than default limit value ${fallback}`);
  if (isMore(min, fallback)) fail("default", min, `min value ${min} is greater than default value ${fallback}`);
  if (isMore(fallback, max)) fail("default", max, `default value ${fallback} is greater than max value ${max}`);
  if (ratio !== undefined) {
    if (compareQuantities(ratio, "1") < 0) fail("maxLimitRequestRatio", ratio, `ratio ${ratio} is less than 1`);
    if (min !== undefined && max !== undefined) {
      const bound = quantityNumber(max) / quantityNumber(min);
      if (quantityNumber(ratio) > bound) fail("maxLimitRequestRatio", ratio, `ratio ${ratio} is greater than max/min = ${bound.toFixed(6)}`);
    }
  }
  if (!isOvercommitAllowed(name) && fallback !== undefined && request !== undefined && compareQuantities(fallback, request) !== 0) {
    fail("defaultRequest", request, `default value ${fallback} must equal to defaultRequest value ${request} in ${name}`);
  }
}

const QUOTA_SCOPES = ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity", "VolumeAttributesClass"];
const POD_RESOURCES = ["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];

function scopeFits(scope: string, resource: string): boolean {
  if (!QUOTA_RESOURCES.has(resource)) return true;
  if (scope === "BestEffort") return resource === "pods";
  if (scope === "VolumeAttributesClass") return resource === "persistentvolumeclaims" || resource === "requests.storage";
  return !QUOTA_SCOPES.includes(scope) || POD_RESOURCES.includes(resource);
}

function validateAmounts(errors: Errors, field: string, amounts: Record<string, string> | undefined): void {
  for (const name in amounts) {
    const path = `${field}[${name}]`;
    validateResourceName(errors, path, name);
    if (!name.includes("/") && !QUOTA_RESOURCES.has(name) && !isQuotaHugePage(name)) invalid(errors, path, name, "must be a standard resource for quota");
    validateAmount(errors, path, name, amounts[name]!);
  }
}

export function validateResourceQuota(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  validateAmounts(errors, "spec.hard", spec.hard);
  const scopes: string[] = spec.scopes ?? [];
  const hard = Object.keys(spec.hard ?? {}).sort();
  for (const scope of scopes) {
    if (!QUOTA_SCOPES.includes(scope)) invalid(errors, "spec.scopes", scopes, "unsupported scope");
    for (const resource of hard) if (!scopeFits(scope, resource)) invalid(errors, "spec.scopes", scopes, "unsupported scope applied to resource");
  }
  checkConflicts(errors, "spec.scopes", scopes, scopes);
  if (spec.scopeSelector) validateScopeSelector(errors, spec, hard);
  if (old && !equalJson([...new Set(scopes)].sort(), [...new Set<string>(old.spec?.scopes ?? [])].sort())) invalid(errors, "spec.scopes", spec.scopes ?? null, IMMUTABLE);
}

function checkConflicts(errors: Errors, field: string, scopes: readonly string[], printed: unknown): void {
  for (const [a, b] of [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] as const) {
    if (scopes.includes(a) && scopes.includes(b)) invalid(errors, field, printed, "conflicting scopes");
  }
}

function validateScopeSelector(errors: Errors, spec: Loose, hard: readonly string[]): void {
  const field = "spec.scopeSelector.matchExpressions";
  const requirements = items(spec.scopeSelector.matchExpressions);
  for (const requirement of requirements) {
    const scope: string = requirement.scopeName ?? "";
    const values: string[] = requirement.values ?? [];
    if (!QUOTA_SCOPES.includes(scope)) invalid(errors, `${field}.scopeName`, scope, "unsupported scope");
    for (const resource of hard) {
      if (!scopeFits(scope, resource)) {
        const printed = { MatchExpressions: requirements.map((other) => ({ ScopeName: other.scopeName, Operator: other.operator, Values: other.values ?? null })) };
        invalid(errors, field, printed, "unsupported scope applied to resource");
      }
    }
    if (!["PriorityClass", "VolumeAttributesClass"].includes(scope) && QUOTA_SCOPES.includes(scope) && requirement.operator !== "Exists") {
      invalid(errors, `${field}.operator`, requirement.operator ?? "", "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
    }
    if (requirement.operator === "In" || requirement.operator === "NotIn") {
      if (values.length === 0) required(errors, `${field}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    } else if (requirement.operator === "Exists" || requirement.operator === "DoesNotExist") {
      if (values.length > 0) invalid(errors, `${field}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
    } else invalid(errors, `${field}.operator`, requirement.operator ?? "", "not a valid selector operator");
  }
  checkConflicts(errors, field, requirements.map((requirement) => requirement.scopeName), spec.scopes ?? null);
}

export function validateResourceQuotaStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateAmounts(errors, "status.hard", next.status?.hard);
  validateAmounts(errors, "status.used", next.status?.used);
}

