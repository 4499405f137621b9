/**
 * Strategic merge patch for the built-in kinds, as `kubectl patch` does it: lists that the API merges by a key are merged by it, other lists are replaced.
 * Directives: `$patch: delete | replace | merge`, `$deleteFromPrimitiveList/FIELD`, `$retainKeys`. The embedded cluster has an implementation of its own;
 * a test compares the two.
 */
import type { JsonObject, JsonValue, KubeObject } from "../objects/kube-object.ts";
import { schemaOf } from "../objects/schema/schema-of.ts";
import type { FieldSchema, TypeSchema } from "../objects/schema/type-schema.ts";
import { isJsonObject } from "./merge-patch.ts";

const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";
const SET_ORDER = "$setElementOrder/";

/** A patch that is wrong in itself: what is wrong, with the path. */
export class StrategicMergeFailed extends Error {
  override name = "StrategicMergeFailed";
}

/** Whether a kind has merge keys: the API server's own kinds. For others a patch is a JSON merge patch. */
export function hasStrategicMerge(object: Pick<KubeObject, "apiVersion" | "kind">): boolean {
  return kindSchema(object) !== undefined;
}

function kindSchema({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): TypeSchema | undefined {
  const slash = apiVersion.indexOf("/");
  return schemaOf({ group: slash < 0 ? "" : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind });
}

/** The patched object; `target` is not changed. Throws `StrategicMergeFailed`. */
export function strategicMerge(target: KubeObject, patch: JsonObject): KubeObject {
  return mergeObject(kindSchema(target), target as unknown as JsonObject, patch, target.kind) as unknown as KubeObject;
}

function fieldOf(type: TypeSchema | undefined, key: string): FieldSchema | undefined {
  return type?.kind === "object" ? type.fields.get(key) : undefined;
}

/** The schema of what is under a key: a field's, or a map's values'. */
function typeUnder(type: TypeSchema | undefined, key: string): TypeSchema | undefined {
  return type?.kind === "map" ? type.values : fieldOf(type, key)?.type;
}

function mergeObject(type: TypeSchema | undefined, target: JsonObject, patch: JsonObject, path: string): JsonObject {
  const { $patch: directive, $retainKeys: retain, ...rest } = patch;
  if (directive === "replace") return withoutNulls(rest) as JsonObject;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") throw new StrategicMergeFailed(`${path}: unknown $patch ${JSON.stringify(directive)}, expected delete, replace or merge`);
  const result: JsonObject = { ...target };
  if (retain !== undefined) keepOnly(result, rest, retain, path);
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith(SET_ORDER)) throw new StrategicMergeFailed(`${path}: ${key} is for kubectl's own patches; write the whole list with $patch: replace`);
    if (key.startsWith(DELETE_FROM_LIST)) deleteFromList(result, key.slice(DELETE_FROM_LIST.length), value, path);
    else if (value === null) delete result[key];
    else result[key] = mergeField(type, key, result[key], value, `${path}.${key}`);
  }
  return result;
}

function keepOnly(result: JsonObject, patch: JsonObject, retain: JsonValue, path: string): void {
  if (!Array.isArray(retain)) throw new StrategicMergeFailed(`${path}: $retainKeys must be a list of names`);
  const stranger = Object.entries(patch).find(([key, value]) => value !== null && !key.startsWith("$") && !retain.includes(key));
  if (stranger !== undefined) throw new StrategicMergeFailed(`${path}: $retainKeys does not name ${stranger[0]}, which the patch sets`);
  for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
}

function deleteFromList(result: JsonObject, field: string, gone: JsonValue, path: string): void {
  if (!Array.isArray(gone)) throw new StrategicMergeFailed(`${path}: ${DELETE_FROM_LIST}${field} must be a list`);
  const list = result[field];
  if (Array.isArray(list)) result[field] = list.filter((item) => !gone.includes(item));
}

function mergeField(type: TypeSchema | undefined, key: string, before: JsonValue | undefined, value: JsonValue, path: string): JsonValue {
  const field = fieldOf(type, key);
  if (isJsonObject(value)) {
    if (!isJsonObject(before)) return mergeObject(typeUnder(type, key), {}, value, path);
    return field?.patchStrategies.includes("replace") === true ? value : mergeObject(typeUnder(type, key), before, value, path);
  }
  if (!Array.isArray(value)) return value;
  const merges = field?.patchStrategies.includes("merge") === true;
  if (!merges) return value;
  const mergeKey = field?.patchMergeKey;
  const list = Array.isArray(before) ? before : [];
  if (mergeKey === undefined || mergeKey === "") return interleave(list.filter((item) => !value.includes(item)), [...new Set(value)], list, (item) => item);
  const items = field?.type.kind === "list" ? field.type.items : undefined;
  return mergeItems(items, list, value, mergeKey, path);
}

function mergeItems(items: TypeSchema | undefined, list: readonly JsonValue[], patch: readonly JsonValue[], mergeKey: string, path: string): JsonValue[] {
  const keyOf = (item: JsonValue | undefined): JsonValue | undefined => (isJsonObject(item) ? item[mergeKey] : undefined);
  const changes: JsonObject[] = patch.map((item) => {
    if (!isJsonObject(item)) throw new StrategicMergeFailed(`${path}: an element is not an object; this list merges by ${mergeKey}`);
    if (item.$patch !== "replace" && item[mergeKey] === undefined) throw new StrategicMergeFailed(`${path}: an element lacks its merge key ${mergeKey}`);
    return item;
  });
  const replacesAll = changes.some((item) => item.$patch === "replace");
  const gone = new Set(changes.filter((item) => item.$patch === "delete").map(keyOf));
  const kept = replacesAll ? [] : list.filter((item) => !gone.has(keyOf(item)));
  const set = changes.filter((item) => item.$patch === undefined || item.$patch === "merge");
  const unknown = changes.find((item) => item.$patch !== undefined && !["replace", "delete", "merge"].includes(String(item.$patch)));
  if (unknown !== undefined) throw new StrategicMergeFailed(`${path}: unknown $patch ${JSON.stringify(unknown.$patch)}, expected delete, replace or merge`);

  const merged = new Map<JsonValue | undefined, JsonValue>();
  for (const item of set) {
    const key = keyOf(item);
    const before = merged.get(key) ?? kept.find((other) => keyOf(other) === key);
    merged.set(key, mergeObject(items, isJsonObject(before) ? before : {}, item, path));
  }
  return interleave(kept.filter((item) => !merged.has(keyOf(item))), [...merged.values()], kept, keyOf);
}

/**
 * Upstream's order of a merged list (strategicpatch, mergeSortedSlice): the patch's items in the patch's order, each old item before the first of them that
 * came after it. So an element that is new stands in front.
 */
function interleave(old: readonly JsonValue[], patched: readonly JsonValue[], before: readonly JsonValue[], keyOf: (item: JsonValue) => JsonValue | undefined): JsonValue[] {
  const position = new Map(before.map((item, index) => [keyOf(item), index]));
  const result: JsonValue[] = [];
  let next = 0;
  for (const item of patched) {
    const at = position.get(keyOf(item));
    while (at !== undefined && next < old.length && (position.get(keyOf(old[next] as JsonValue)) ?? 0) < at) result.push(old[next++] as JsonValue);
    result.push(item);
  }
  return [...result, ...old.slice(next)];
}

/** In what a patch adds, null means absent. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value;
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null).map(([key, field]) => [key, withoutNulls(field)]));
}
