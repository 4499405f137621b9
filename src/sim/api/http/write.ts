/** Create, update, patch, apply, delete: from a request to the registry. */
import { cloneJson } from "../../../lib/json.ts";
import type { JsonObject, JsonValue, KubeObject } from "../../../objects/kube-object.ts";
import type { ObjectType } from "../../../objects/schema/type-schema.ts";
import type { DeleteOptions } from "../client.ts";
import { jsonMergePatch } from "../merge/json-merge-patch.ts";
import { jsonPatch } from "../merge/json-patch.ts";
import { applyConflict, serverSideApply } from "../merge/server-side-apply.ts";
import { strategicMergePatch } from "../merge/strategic-merge-patch.ts";
import { type Registry, resetFieldsFor } from "../registry/registry.ts";
import type { RequestContext } from "../registry/request.ts";
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { apiVersionOf, type ResourceType, splitApiVersion } from "../resource-types.ts";
import { ApiError, badRequest, type FieldError, invalid, notFound, unsupportedMediaType } from "../status.ts";
import { checkFields, decodeAny, duplicateKeys, decodeObject, decodeValue, type FieldValidation } from "./body.ts";
import type { ApiRequest } from "./exchange.ts";
import { integer } from "./list.ts";

/** Options that every write may carry. */
export function writeContext(request: ApiRequest): RequestContext & { fieldValidation: FieldValidation } {
  const { query } = request;
  const kind = optionsKind(request.method);
  const dryRun = query.getAll("dryRun");
  checkDryRun(kind, dryRun);
  const fieldManager = query.get("fieldManager") ?? "";
  checkFieldManager(kind, fieldManager);
  const fieldValidation = query.get("fieldValidation") || "Warn";
  if (fieldValidation !== "Strict" && fieldValidation !== "Warn" && fieldValidation !== "Ignore") {
    throw invalid(kind, "meta.k8s.io", "", [{ type: "FieldValueNotSupported", field: "fieldValidation", body: `Unsupported value: "${fieldValidation}": supported values: "", "Ignore", "Strict", "Warn"` }]);
  }
  return { user: request.user, fieldManager: fieldManager || managerFromAgent(request.headers["user-agent"]), dryRun: dryRun.length > 0, warnings: [], fieldValidation, options: sentOptions(request), ...(request.decision ? { decision: request.decision } : {}) };
}

/** As webhooks see them: a patch updates, or creates where the registry says so. */
function sentOptions({ method, query }: ApiRequest): JsonObject {
  const dryRun = query.getAll("dryRun");
  return {
    kind: optionsKind(method === "PATCH" ? "PUT" : method),
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(query.get("fieldManager") ? { fieldManager: query.get("fieldManager")! } : {}),
    ...(query.get("fieldValidation") ? { fieldValidation: query.get("fieldValidation")! } : {}),
  };
}

const optionsKind = (method: string): string => `${method === "POST" ? "Create" : method === "PUT" ? "Update" : method === "PATCH" ? "Patch" : "Delete"}Options`;

function checkDryRun(kind: string, values: readonly string[]): void {
  if (values.every((value) => value === "All")) return;
  throw invalid(kind, "meta.k8s.io", "", [{ type: "FieldValueNotSupported", field: "dryRun", body: `Unsupported value: ${JSON.stringify(values)}: supported values: "All"` }]);
}

const FIELD_MANAGER_LENGTH_MAX = 128;

function checkFieldManager(kind: string, manager: string): void {
  const errors: FieldError[] = [];
  if (manager.length > FIELD_MANAGER_LENGTH_MAX) errors.push({ type: "FieldValueTooLong", field: "fieldManager", body: `Too long: may not be more than ${FIELD_MANAGER_LENGTH_MAX} bytes` });
  let at = 0;
  for (const character of manager) {
    const code = character.codePointAt(0)!;
    if (code < 0x20 || code === 0x7f) {
      errors.push({ type: "FieldValueInvalid", field: "fieldManager", body: `Invalid value: ${goQuote(manager)}: invalid character U+${code.toString(16).toUpperCase().padStart(4, "0")} (at position ${at})` });
    }
    at += Buffer.byteLength(character);
  }
  if (errors.length > 0) throw invalid(kind, "meta.k8s.io", "", errors);
}

/** Go's `%q` of a text with control characters. */
function goQuote(text: string): string {
  const names: Readonly<Record<string, string>> = { "\u0007": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v" };
  // eslint-disable-next-line no-control-regex -- these are the ones to be shown
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/[\u0000-\u001f\u007f]/g, (each) => names[each] ?? `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`)}"`;
}

/** `kubectl/v1.36.3 (linux/amd64) …` → `kubectl` (`managerOrUserAgent`). */
function managerFromAgent(agent: string | undefined): string {
  const name = (agent ?? "").split("/")[0] ?? "";
  // eslint-disable-next-line no-control-regex -- upstream drops what cannot be printed
  return name.replace(/[\u0000-\u001f\u007f]/g, "").slice(0, 128) || "unknown";
}

export function create(registry: Registry, type: ResourceType, namespace: string | undefined, request: ApiRequest): { object: KubeObject; context: RequestContext } {
  const context = writeContext(request);
  const object = decodeObject(request, type, context);
  return { object: registry.create(type, namespace, object, context), context };
}

export function replace(registry: Registry, type: ResourceType, namespace: string | undefined, name: string, subresource: string, request: ApiRequest): { object: KubeObject; isNew: boolean; context: RequestContext } {
  const context = writeContext(request);
  const object = decodeObject(request, type, context);
  let isNew = false;
  const stored = registry.update(
    type,
    namespace,
    name,
    (current) => {
      isNew = current === undefined;
      if (!object.metadata.resourceVersion && current !== undefined && type.custom !== undefined) {
        // The one place where upstream names the resource instead of the Kind.
        throw invalid(type.plural, type.group, name, [{ type: "FieldValueInvalid", field: "metadata.resourceVersion", body: "Invalid value: 0: must be specified for an update" }]);
      }
      return object;
    },
    context,
    { subresource, mayCreate: subresource === "" && CREATED_BY_UPDATE.has(type.storage) },
  );
  return { object: stored, isNew, context };
}

/** Kinds whose strategy says `AllowCreateOnUpdate`. */
const CREATED_BY_UPDATE: ReadonlySet<string> = new Set(["events", "coordination.k8s.io/leases", "rbac.authorization.k8s.io/roles", "rbac.authorization.k8s.io/rolebindings", "rbac.authorization.k8s.io/clusterroles", "rbac.authorization.k8s.io/clusterrolebindings", "limitranges", "endpoints", "services", "nodes/none"]);

const PATCH_TYPES = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml", "application/apply-patch+cbor"];

export function patch(registry: Registry, type: ResourceType, namespace: string | undefined, name: string, subresource: string, request: ApiRequest): { object: KubeObject; isNew: boolean; context: RequestContext } {
  const mediaType = (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (mediaType === "application/apply-patch+yaml") return apply(registry, type, namespace, name, subresource, request);
  const context = writeContext(request);
  const supported = type.custom === undefined ? PATCH_TYPES.slice(0, 4) : [...PATCH_TYPES.slice(0, 2), PATCH_TYPES[3]!];
  if (!supported.includes(mediaType)) {
    // Built-in resources are refused by the router, custom ones by their handler.
    throw type.custom === undefined ? new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {}) : unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${supported.join(", ")}`);
  }
  if (request.query.get("force") !== null) {
    throw invalid("PatchOptions", "meta.k8s.io", "", [{ type: "FieldValueForbidden", field: "force", body: "Forbidden: may not be specified for non-apply patch" }]);
  }
  const body = decodePatch(request.body.toString("utf8"), mediaType);
  const change = (current: KubeObject | undefined): KubeObject => {
    if (current === undefined) throw notFound(type, name);
    const next = patched(type, mediaType, current, body);
    checkIdentity(type, next);
    return checkFields(type, next, context, request.method);
  };
  return { object: registry.update(type, namespace, name, change, context, { subresource, isPatch: true }), isNew: false, context };
}

function decodePatch(text: string, mediaType: string): JsonValue {
  try {
    return decodeValue(text, "json");
  } catch (error) {
    if (error instanceof ApiError && mediaType !== "application/json-patch+json") throw badRequest(`error decoding patch: ${error.message}`);
    throw error;
  }
}

function patched(type: ResourceType, mediaType: string, current: KubeObject, body: JsonValue): KubeObject {
  if (mediaType === "application/json-patch+json") return cloneJson(jsonPatch(current, body));
  if (mediaType === "application/merge-patch+json") return cloneJson(jsonMergePatch(current, body));
  return cloneJson(strategicMergePatch(type.schema as ObjectType, current, body));
}

const goKind = (value: JsonValue): string => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "boolean" ? "bool" : typeof value);

function apply(registry: Registry, type: ResourceType, namespace: string | undefined, name: string, subresource: string, request: ApiRequest): { object: KubeObject; isNew: boolean; context: RequestContext } {
  const context = writeContext(request);
  if (!request.query.get("fieldManager")) {
    throw invalid("PatchOptions", "meta.k8s.io", "", [{ type: "FieldValueRequired", field: "fieldManager", body: "Required value: is required for apply patch" }]);
  }
  if (type.schema?.kind !== "object") throw unsupportedMediaType("server-side apply needs a schema");
  const { schema } = type;
  const text = request.body.toString("utf8");
  const raw = decodeValue(text, "yaml");
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw badRequest(`error decoding YAML: json: cannot unmarshal ${goKind(raw)} into Go value of type map[string]interface {}`);
  const config = raw as KubeObject;
  checkApplyIdentity(type, config);
  if (!config.metadata?.name) throw badRequest("name must be provided");
  if (config.metadata.name !== name) throw badRequest(`the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`);
  // The merge only sees values: a field that the text has twice is told apart here.
  const duplicates = context.fieldValidation === "Ignore" ? [] : duplicateKeys(text);
  if (duplicates.length > 0 && context.fieldValidation === "Strict") throw badRequest(`error decoding YAML: ${duplicates.join(", ")}`);
  context.warnings.push(...duplicates);
  let isNew = false;
  const change = (live: KubeObject | undefined): KubeObject => {
    isNew = live === undefined;
    if (live === undefined && (subresource !== "" || config.metadata.uid)) {
      if (config.metadata.uid) throw new ApiError(409, "Conflict", `uid mismatch: the provided object specified uid ${config.metadata.uid}, and no existing object was found`);
      throw notFound(type, name);
    }
    const result = serverSideApply({
      schema,
      live,
      config: cloneJson(config) as KubeObject,
      manager: context.fieldManager,
      force: request.query.get("force") === "true",
      apiVersion: apiVersionOf(type),
      subresource,
      now: rfc3339(registry.clock.now()),
      resetFields: resetFieldsFor(type, schema, subresource),
    });
    if (result.object === undefined) throw applyConflict(result.conflicts);
    // The merge knows no types: what it gives is decoded as any body is.
    return checkFields(type, cloneJson(result.object) as KubeObject, { ...context, fieldValidation: "Ignore" }, request.method);
  };
  const object = registry.update(type, namespace, name, change, context, { subresource, mayCreate: subresource === "", isApply: true, isPatch: true });
  return { object, isNew, context };
}

/** The body names the kind that the URL does. */
function checkIdentity(type: ResourceType, object: KubeObject): void {
  const { group, version } = splitApiVersion(object.apiVersion ?? "");
  if (object.kind === undefined || object.kind === "") throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(object)}'`);
  if (object.kind !== type.kind || group !== type.group) {
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersionOf(type)})`);
  }
  if (version !== type.version) throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersionOf(type)})`);
}

function checkApplyIdentity(type: ResourceType, config: KubeObject): void {
  if (config.apiVersion === apiVersionOf(type) && config.kind === type.kind) return;
  const groupVersion = config.apiVersion === undefined ? "/" : config.apiVersion;
  throw badRequest(`invalid object type: ${groupVersion}, Kind=${config.kind ?? ""}`);
}

export function deleteOptionsOf(request: ApiRequest, context: RequestContext): DeleteOptions {
  const { query } = request;
  const options: DeleteOptions & { orphanDependents?: boolean } = {};
  if (request.body.length > 0) {
    const { metadata: _, dryRun, ...body } = decodeAny(request);
    Object.assign(options, body);
    if (Array.isArray(dryRun) && dryRun.length > 0) {
      checkDryRun("DeleteOptions", dryRun as string[]);
      context.dryRun = true;
    }
  }
  const grace = query.get("gracePeriodSeconds");
  if (grace !== null && grace !== "") options.gracePeriodSeconds = integer(grace);
  const propagation = query.get("propagationPolicy");
  if (propagation) options.propagationPolicy = propagation as NonNullable<DeleteOptions["propagationPolicy"]>;
  const fail = (type: "FieldValueInvalid" | "FieldValueNotSupported", body: string): never => {
    throw invalid("DeleteOptions", "meta.k8s.io", "", [{ type, field: "propagationPolicy", body }]);
  };
  const policy = options.propagationPolicy;
  if (options.orphanDependents !== undefined && policy !== undefined) fail("FieldValueInvalid", `Invalid value: "${policy}": orphanDependents and deletionPropagation cannot be both set`);
  if (policy !== undefined && !["Orphan", "Background", "Foreground"].includes(policy)) fail("FieldValueNotSupported", `Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`);
  if (options.orphanDependents !== undefined) options.propagationPolicy = options.orphanDependents ? "Orphan" : "Background";
  if (options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0) options.gracePeriodSeconds = 1;
  context.options = { ...(options as JsonObject), kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1" };
  return options;
}
