/** Resource names and amounts of containers, pods and quotas. */
import { compareQuantities, parseQuantity, quantityNano } from "../../../lib/quantity.ts";
import { items } from "../defaults/absent.ts";
import { aggregate } from "../defaults/pod-spec.ts";
import type { Loose } from "../defaults/loose.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notFound, notSupported, required } from "./field.ts";
import { dnsLabel, labelKey } from "./names.ts";

const UNIT = 1_000_000_000n;
const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);
const INTEGER_RESOURCES: ReadonlySet<string> = new Set([
  "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
]);
const STANDARD_RESOURCES: ReadonlySet<string> = new Set([
  ...INTEGER_RESOURCES, "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory",
  "limits.ephemeral-storage", "storage", "requests.storage",
]);
export const QUOTA_RESOURCES: ReadonlySet<string> = STANDARD_RESOURCES_FOR_QUOTA();

function STANDARD_RESOURCES_FOR_QUOTA(): ReadonlySet<string> {
  const names = new Set(STANDARD_RESOURCES);
  names.delete("storage");
  return names;
}

const isHugePage = (name: string): boolean => name.startsWith("hugepages-");
export const isQuotaHugePage = (name: string): boolean => isHugePage(name) || name.startsWith("requests.hugepages-");
export const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");

export function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.") && labelKey(`requests.${name}`).length === 0;
}

export const isOvercommitAllowed = (name: string): boolean => isNative(name) && !isHugePage(name);

/** A resource name of any use; false where it had errors. */
export function validateResourceName(errors: Errors, field: string, name: string): boolean {
  const messages = labelKey(name);
  invalidEach(errors, field, name, messages);
  if (messages.length > 0) return false;
  if (!name.includes("/") && !STANDARD_RESOURCES.has(name) && !isQuotaHugePage(name)) {
    invalid(errors, field, name, "must be a standard resource type or fully qualified");
    return false;
  }
  return true;
}

function validateContainerResourceName(errors: Errors, field: string, name: string): void {
  validateResourceName(errors, field, name);
  if (!name.includes("/")) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePage(name)) invalid(errors, field, name, "must be a standard resource for containers");
  } else if (!isNative(name) && !isExtended(name)) invalid(errors, field, name, "doesn't follow extended resource name standard");
}

function validatePodResourceName(errors: Errors, field: string, name: string): void {
  if (!validateResourceName(errors, field, name)) return;
  if (name !== "cpu" && name !== "memory" && !isHugePage(name)) notSupported(errors, field, name, ["cpu", "hugepages-", "memory"]);
}

/** Amounts are never negative, and counts are whole. */
export function validateAmount(errors: Errors, field: string, name: string, amount: string): void {
  const nano = quantityNano(amount);
  if (nano < 0n) invalid(errors, field, String(amount), "must be greater than or equal to 0");
  if ((INTEGER_RESOURCES.has(name) || isExtended(name)) && nano % UNIT !== 0n) invalid(errors, field, amount, "must be an integer");
}

export function validateResourceRequirements(errors: Errors, field: string, resources: Loose | undefined, podClaims: ReadonlySet<string>, isPodLevel = false): void {
  if (!resources) return;
  const checkName = isPodLevel ? validatePodResourceName : validateContainerResourceName;
  const limits: Record<string, string> = resources.limits ?? {};
  const requests: Record<string, string> = resources.requests ?? {};
  let hasCompute = false;
  let hasHugePages = false;
  const checkHuge = (path: string, name: string, amount: string): void => {
    hasHugePages = true;
    const page = quantityNano(name.slice("hugepages-".length));
    if (page <= 0n || quantityNano(amount) % page !== 0n) invalid(errors, path, amount, `${amount} is not positive integer multiple of ${name}`);
  };
  for (const name in limits) {
    const path = `${field}.limits[${name}]`;
    const amount = limits[name]!;
    checkName(errors, path, name);
    validateAmount(errors, path, name, amount);
    if (isHugePage(name)) checkHuge(path, name, amount);
    if (name === "cpu" || name === "memory") hasCompute = true;
  }
  for (const name in requests) {
    const path = `${field}.requests[${name}]`;
    const amount = requests[name]!;
    checkName(errors, path, name);
    validateAmount(errors, path, name, amount);
    const limit = limits[name];
    if (limit !== undefined) {
      const difference = amount === limit ? 0 : compareQuantities(amount, limit);
      if (difference !== 0 && !isOvercommitAllowed(name)) invalid(errors, `${field}.requests`, amount, `must be equal to ${name} limit of ${limit}`);
      else if (difference > 0) invalid(errors, `${field}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`);
    } else if (!isOvercommitAllowed(name)) required(errors, `${field}.limits`, "Limit must be set for non overcommitable resources");
    if (isHugePage(name)) checkHuge(path, name, amount);
    if (name === "cpu" || name === "memory") hasCompute = true;
  }
  if (hasHugePages && !hasCompute) forbidden(errors, field, "HugePages require cpu or memory");
  if (resources.claims) validateClaimNames(errors, `${field}.claims`, items(resources.claims), podClaims);
}

function validateClaimNames(errors: Errors, field: string, claims: readonly Loose[], podClaims: ReadonlySet<string>): void {
  const names = new Set<string>();
  claims.forEach((claim, index) => {
    const path = `${field}[${index}]`;
    const name: string = claim.name ?? "";
    if (name === "") {
      required(errors, path);
      return;
    }
    const key = claim.request ? `${name}/${claim.request}` : name;
    if (claim.request) invalidEach(errors, `${path}.request`, claim.request, dnsLabel(claim.request));
    if (names.has(name)) duplicate(errors, path, name);
    else if (names.has(key)) duplicate(errors, path, key);
    else if (!claim.request && [...names].some((other) => other.startsWith(`${name}/`))) duplicate(errors, path, name);
    names.add(key);
    if (!podClaims.has(name)) {
      const known = [...podClaims].sort();
      notFound(errors, path, name, `must be one of the names in pod.spec.resourceClaims${known.length === 0 ? " which is empty" : `: ${known.join(", ")}`}`);
    }
  });
}

/** Pod-level resources hold what the containers ask for together. */
export function validatePodLevelResources(errors: Errors, field: string, spec: Loose, podClaims: ReadonlySet<string>): void {
  const resources: Loose | undefined = spec.resources;
  if (!resources) return;
  if (spec.os?.name === "windows") {
    forbidden(errors, field, "may not be set for a windows pod");
    return;
  }
  if (resources.claims) forbidden(errors, `${field}.claims`, "claims may not be set for Resources at pod-level");
  validateResourceRequirements(errors, field, resources, podClaims, true);
  const needed = aggregate(spec, "requests");
  for (const name of Object.keys(resources.requests ?? {}).sort()) {
    if (needed[name] !== undefined && compareQuantities(needed[name], resources.requests[name]) > 0) {
      invalid(errors, `${field}.requests[${name}]`, resources.requests[name], `must be greater than or equal to aggregate container requests of ${needed[name]}`);
    }
  }
  for (const name of Object.keys(resources.limits ?? {}).sort()) {
    for (const list of ["containers", "initContainers"]) {
      items(spec[list]).forEach((container, index) => {
        const limit = container.resources?.limits?.[name];
        if (limit !== undefined && compareQuantities(limit, resources.limits[name]) > 0) {
          invalid(errors, `${field.replace(/resources$/, "")}${list}[${index}].resources.limits[${name}]`, limit, `must be less than or equal to pod limits of ${resources.limits[name]}`);
        }
      });
    }
  }
}

/** Whether a text is a quantity at all; the schema has only a pattern for it. */
export function isQuantity(text: unknown): boolean {
  return (typeof text === "string" || typeof text === "number") && parseQuantity(text) !== undefined;
}

