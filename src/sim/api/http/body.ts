/** Bodies: text to objects, and objects checked against what the API knows of their kind. Messages are upstream's decoder's. */
import { parseDocument } from "yaml";
import type { JsonObject, JsonValue, KubeObject } from "../../../objects/kube-object.ts";
import { patchInvalid } from "../merge/patch-errors.ts";
import { strictErrors } from "../schema/strict-errors.ts";
import { apiVersionOf, type ResourceType, splitApiVersion } from "../resource-types.ts";
import { type ApiError, badRequest, invalid, unsupportedMediaType } from "../status.ts";
import type { ApiRequest } from "./exchange.ts";
import { decodeProtobuf, PROTOBUF_MEDIA_TYPE } from "./protobuf.ts";
import { jsonMistake } from "./json-mistake.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** Upstream refuses request bodies over 3 MiB (`MaxRequestBodyBytes`). */
export const BODY_BYTES_MAX = 3 * 1024 * 1024;

interface DecodeContext {
  fieldValidation: FieldValidation;
  warnings: string[];
}

function formatOf(request: ApiRequest): "json" | "yaml" | "protobuf" {
  const mediaType = (request.headers["content-type"] ?? "application/json").split(";")[0]!.trim().toLowerCase();
  switch (mediaType) {
    case "":
    case "application/json":
      return "json";
    case "application/yaml":
    case "text/yaml":
      return "yaml";
    case PROTOBUF_MEDIA_TYPE:
      return "protobuf";
    default:
      throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${PROTOBUF_MEDIA_TYPE}`);
  }
}

/** JSON or YAML text to a value; BadRequest when it is neither. */
export function decodeValue(text: string, format: "json" | "yaml"): JsonValue {
  if (format === "json") {
    try {
      return JSON.parse(text) as JsonValue;
    } catch (error) {
      throw badRequest(jsonMistake(text) ?? (error as Error).message);
    }
  }
  // JSON is YAML: read it the quick way when it is.
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      // Then it is flow YAML.
    }
  }
  const document = parseDocument(text, { version: "1.1", merge: true });
  const problem = document.errors.find((error) => error.code !== "DUPLICATE_KEY");
  if (problem !== undefined) throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${problem.message.split("\n")[0]}`);
  return document.toJS({ maxAliasCount: 100 }) as JsonValue;
}

/** `v1`, and for the internal type `core`, `apps`, …: how Go prints where a type lives. */
function goPackage(group: string, version: string): string {
  return version !== "" ? version : group === "" ? "core" : group.split(".")[0]!;
}

/** Go's order of the fields that a patch leaves as they were encoded. */
const METADATA_ORDER = ["name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers", "managedFields"];
const MANAGED_ORDER = ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"];

const inOrder = (object: object, order: readonly string[]): object => Object.fromEntries(order.flatMap((key) => (key in object ? [[key, (object as Record<string, unknown>)[key]]] : [])));

/** A patched object as upstream quotes it: the top level sorted, what lies below in the order it was encoded. */
function patchedText(object: KubeObject): string {
  const managedFields = object.metadata?.managedFields?.map((entry) => inOrder(entry, MANAGED_ORDER));
  const metadata = inOrder({ ...object.metadata, ...(managedFields ? { managedFields } : {}) }, METADATA_ORDER);
  const top = { ...object, metadata } as Record<string, unknown>;
  return JSON.stringify(inOrder(top, Object.keys(top).sort()));
}

/** `line 6: key "a" already set in map`, for each key that a mapping has twice. */
export function duplicateKeys(text: string): string[] {
  if (isJsonOfDistinctKeys(text)) return [];
  const document = parseDocument(text, { version: "1.1", merge: true });
  return document.errors
    .filter((error) => error.code === "DUPLICATE_KEY")
    .map((error) => {
      const key = /^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? "";
      return `yaml: unmarshal errors:\n  line ${error.linePos?.[0].line ?? 0}: key ${JSON.stringify(key.replace(/^["']|["']$/g, ""))} already set in map`;
    });
}

/** Most bodies are JSON and have no key twice, which is seen without reading them as YAML: as many keys are written as are there when read. */
function isJsonOfDistinctKeys(text: string): boolean {
  if (!text.trimStart().startsWith("{")) return false;
  let written = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) written++;
  try {
    return written === keyCount(JSON.parse(text));
  } catch {
    // Flow YAML.
    return false;
  }
}

function keyCount(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const children = Object.values(value);
  return children.reduce<number>((sum, child) => sum + keyCount(child), Array.isArray(value) ? 0 : children.length);
}

function parseJson(text: string, type: ResourceType): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw unrecognized(type, text, jsonMistake(text) ?? (error as Error).message);
  }
}

/** Upstream shows the start of the body, as hex where it is no text that it can print. */
function unrecognized(type: ResourceType, text: string, why: string): ApiError {
  const shown = text === "" ? "<empty>" : /^[\x20-\x5a\x5e-\x7e]*$/.test(text) ? text.slice(0, SHOWN_LENGTH_MAX) : Buffer.from(text).toString("hex").slice(0, SHOWN_LENGTH_MAX);
  return badRequest(`the object provided is unrecognized (must be of type ${type.kind}): couldn't get version/kind; json parse error: ${why} (${shown})`);
}

const SHOWN_LENGTH_MAX = 1024;

/** An object of any kind (a Scale, an Eviction, a review), unchecked but for being one. */
export function decodeAny(request: ApiRequest): KubeObject {
  const format = formatOf(request);
  const value = format === "protobuf" ? decodeProtobuf(request.body) : decodeValue(request.body.toString("utf8"), format);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badRequest("the body is not an object");
  const object = value as KubeObject;
  object.metadata ??= {} as KubeObject["metadata"];
  return object;
}

/** An object of the kind the URL names, with what the schema does not know reported or dropped. */
export function decodeObject(request: ApiRequest, type: ResourceType, context: DecodeContext): KubeObject {
  const format = formatOf(request);
  const text = format === "protobuf" ? "" : request.body.toString("utf8");
  const value = format === "protobuf" ? decodeProtobuf(request.body) : format === "yaml" ? decodeValue(text, format) : parseJson(text, type);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unrecognized(type, text, `json: cannot unmarshal ${Array.isArray(value) ? "array" : value === null ? "null" : typeof value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  }
  const object = value as JsonObject as KubeObject;
  if (object.apiVersion === undefined || object.apiVersion === "") object.apiVersion = apiVersionOf(type);
  if (object.kind === undefined || object.kind === "") object.kind = type.kind;
  const { group, version } = splitApiVersion(object.apiVersion);
  const isCoreEvent = type.storage === "events";
  if ((group !== type.group || version !== type.version || object.kind !== type.kind) && !isCoreEvent) {
    const wanted = apiVersionOf(type);
    if (object.kind !== type.kind && type.custom !== undefined) {
      throw invalid(object.kind, group, object.metadata?.name ?? "", [{ type: "FieldValueInvalid", field: "kind", body: `Invalid value: "${object.kind}": must be ${type.kind}` }]);
    }
    if (object.kind !== type.kind && group === type.group) throw badRequest(`${object.kind} in version "${version}" cannot be handled as a ${type.kind}: converting (${goPackage(group, version)}.${object.kind}) to (${goPackage(type.group, "")}.${type.kind}): unknown conversion`);
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${wanted})`);
  }
  const duplicates = format === "yaml" && context.fieldValidation !== "Ignore" ? duplicateKeys(text) : [];
  return checkFields(type, object, context, request.method, format === "json" ? text : undefined, duplicates);
}

/**
 * Refuses wrong types; unknown and duplicate fields are refused (Strict), told (Warn) or passed over (Ignore), and dropped.
 * Changes `object`, a private copy. `text` is where duplicates are looked for.
 */
export function checkFields(type: ResourceType, object: KubeObject, context: DecodeContext, method: string, text?: string, duplicates: readonly string[] = []): KubeObject {
  // Decoding drops what it does not know; a refused patch shows the object as it was.
  const shown = method === "PATCH" && context.fieldValidation === "Strict" ? patchedText(object) : undefined;
  const { unknown: found, wrong } = strictErrors(type, object, text);
  const unknown = [...duplicates, ...found];
  if (wrong.length > 0) {
    throw badRequest(`${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: ${wrong[0]}`);
  }
  if (unknown.length > 0 && context.fieldValidation === "Strict") {
    const problem = `strict decoding error: ${unknown.join(", ")}`;
    if (method === "PATCH") throw patchInvalid(shown!, problem);
    throw badRequest(`${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: ${problem}`);
  }
  if (context.fieldValidation === "Warn") context.warnings.push(...unknown);
  object.metadata ??= {} as KubeObject["metadata"];
  return object;
}
