/** Kinds with a handful of rules each: priority and runtime classes, leases, events, certificate requests, device claims. */
import { parseSigningRequest } from "../signing-request.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { quantityNano } from "../../../lib/quantity.ts";
import type { Loose } from "../defaults/loose.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notSupported, oneOf, required } from "./field.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsLabel, dnsSubdomain, type NameCheck, pathSegment } from "./names.ts";
import { domainPrefixedPath } from "./networking.ts";
import { validatePodTemplate } from "./pod.ts";
import { validateLabels } from "./selectors.ts";

/** Everything about an object but its own fields. */
export function validateOnlyMetadata(namespaced: boolean, nameCheck: NameCheck = dnsSubdomain, isCore = true) {
  return (errors: Errors, next: KubeObject, old?: KubeObject): void => {
    if (old) validateMetadataUpdate(errors, next.metadata, old.metadata, isCore);
    else validateMetadata(errors, next.metadata, namespaced, nameCheck, isCore);
  };
}

const USER_PRIORITY_MAX = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = { "system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000 };

export function validatePriorityClass(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    if (next.value !== old.value) forbidden(errors, "value", "may not be changed in an update.");
    immutable(errors, "preemptionPolicy", next.preemptionPolicy, old.preemptionPolicy);
    return;
  }
  validateMetadata(errors, next.metadata, false, dnsSubdomain);
  const { name } = next.metadata;
  if (name.startsWith("system-")) {
    const why = systemClassProblem(next);
    if (why !== undefined) forbidden(errors, "metadata.name", `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`);
  } else if (next.value > USER_PRIORITY_MAX) forbidden(errors, "value", `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`);
  if (next.preemptionPolicy !== undefined) oneOf(errors, "preemptionPolicy", next.preemptionPolicy, ["PreemptLowerPriority", "Never"]);
}

function systemClassProblem(object: KubeObject): string | undefined {
  const { name } = object.metadata;
  const value = SYSTEM_CLASSES[name];
  if (value === undefined) return `${name} is not a known system priority class`;
  if (object.value !== value) return `value of ${name} PriorityClass must be ${value}`;
  return object.globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export function validateLease(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata, false);
  else validateMetadata(errors, next.metadata, true, dnsSubdomain, false);
  const spec: Loose = next.spec ?? {};
  if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) invalid(errors, "spec.leaseDurationSeconds", spec.leaseDurationSeconds, "must be greater than 0");
  if (spec.leaseTransitions !== undefined && spec.leaseTransitions < 0) invalid(errors, "spec.leaseTransitions", spec.leaseTransitions, "must be greater than or equal to 0");
}

export function validateRuntimeClass(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    immutable(errors, "handler", next.handler, old.handler);
    return;
  }
  validateMetadata(errors, next.metadata, false, dnsSubdomain);
  invalidEach(errors, "handler", next.handler ?? "", dnsLabel(next.handler ?? ""));
  for (const name in next.overhead?.podFixed) {
    if (quantityNano(next.overhead.podFixed[name]) < 0n) invalid(errors, `overhead.podFixed[${name}]`, next.overhead.podFixed[name], "must be greater than or equal to 0");
  }
  validateLabels(errors, "scheduling.nodeSelector", next.scheduling?.nodeSelector);
}

export function validatePodTemplateObject(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  validatePodTemplate(errors, "template", next.template);
}

/** Events of either group, stored as core events. */
export function validateEvent(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata, false);
  const involved: string = next.involvedObject?.namespace ?? "";
  const { namespace = "" } = next.metadata;
  if (involved === "") {
    if (namespace !== "" && namespace !== "default" && namespace !== "kube-system") invalid(errors, "involvedObject.namespace", involved, "does not match event.namespace");
  } else if (involved !== namespace) invalid(errors, "involvedObject.namespace", involved, "does not match event.namespace");
}

const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";

/** Every `KeyUsage` of certificates.k8s.io/v1, sorted, as the message has them. */
const SIGNING_USAGES: readonly string[] = [
  "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system",
  "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
];

export function validateSigningRequest(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, false, pathSegment);
  const spec: Loose = next.spec ?? {};
  if (!spec.request) invalid(errors, "spec.request", null, "PEM block type must be CERTIFICATE REQUEST");
  else if (old === undefined) {
    const problem = problemOfRequest(spec.request);
    if (problem !== undefined) invalid(errors, "spec.request", spec.request, problem);
  }
  const usages: string[] = spec.usages ?? [];
  if (usages.length === 0) required(errors, "spec.usages");
  // The spec never changes: only a new request can be wrong in these.
  if (old === undefined) {
    for (const [index, usage] of usages.entries()) if (!SIGNING_USAGES.includes(usage)) notSupported(errors, `spec.usages[${index}]`, usage, SIGNING_USAGES);
    for (const [index, usage] of usages.entries()) if (usages.indexOf(usage) < index) duplicate(errors, `spec.usages[${index}]`, usage);
  }
  if (old === undefined && spec.signerName === LEGACY_SIGNER) invalid(errors, "spec.signerName", spec.signerName, "the legacy signerName is not allowed via this API version");
  else if (!spec.signerName) required(errors, "spec.signerName");
  else domainPrefixedPath(errors, "spec.signerName", spec.signerName);
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < 600) invalid(errors, "spec.expirationSeconds", spec.expirationSeconds, "may not specify a duration less than 600 seconds (10 minutes)");
}

function problemOfRequest(request: unknown): string | undefined {
  try {
    return parseSigningRequest(request).signatureProblem;
  } catch (error) {
    return (error as Error).message;
  }
}

export function validateApiService(errors: Errors, next: KubeObject, old?: KubeObject): void {
  const spec: Loose = next.spec ?? {};
  const wanted = `${spec.version ?? ""}.${spec.group ?? ""}`;
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata, false);
  else validateMetadata(errors, next.metadata, false, (name) => (name === wanted || spec.group === undefined ? pathSegment(name) : [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`]), false);
  if (spec.group && (spec.groupPriorityMinimum ?? 0) <= 0) invalid(errors, "spec.groupPriorityMinimum", spec.groupPriorityMinimum ?? 0, "must be positive and less than 20000");
  if ((spec.versionPriority ?? 0) <= 0 || spec.versionPriority > 1000) invalid(errors, "spec.versionPriority", spec.versionPriority ?? 0, "must be positive and less than 1000");
}

export function validateFlow(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, false, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  if (next.kind === "FlowSchema") {
    if (!spec.priorityLevelConfiguration?.name) required(errors, "spec.priorityLevelConfiguration.name", "must reference a priority level");
    const precedence: number = spec.matchingPrecedence ?? 0;
    if (precedence <= 0) invalid(errors, "spec.matchingPrecedence", precedence, "must be a positive value");
    if (precedence > 10_000) invalid(errors, "spec.matchingPrecedence", precedence, "must not be greater than 10000");
  } else if (!["Exempt", "Limited"].includes(spec.type)) notSupported(errors, "spec.type", spec.type ?? "", ["Exempt", "Limited"]);
}
