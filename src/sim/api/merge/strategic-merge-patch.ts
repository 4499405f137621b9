/** Strategic merge patch: lists with a merge key are merged by it, and `$patch`, `$setElementOrder`, `$deleteFromPrimitiveList`, `$retainKeys` direct the rest. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import type { FieldSchema, ObjectType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { goPrint, goTypeName } from "./go-print.ts";
import { asPatchObject } from "./json-merge-patch.ts";
import { orderElements } from "./element-order.ts";
import { badDirective, bareError } from "./patch-errors.ts";

const PATCH = "$patch";
const RETAIN_KEYS = "$retainKeys";
const SET_ORDER = "$setElementOrder";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList";

/**
 * The patched object, sharing with `original` what the patch does not touch; neither input is changed. Throws `ApiError` with upstream's code for a patch
 * that is wrong in itself. Whether the result fits the schema is for the decoder to say. Custom resources have no strategic merge (415 upstream).
 */
export function strategicMergePatch<T extends object>(schema: ObjectType, original: T, patch: JsonValue): T {
  return mergeMap(schema, original as JsonObject, asPatchObject(patch, "")) as unknown as T;
}

function mergeMap(type: TypeSchema | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  if (Object.hasOwn(patch, PATCH)) return directedMap(patch);
  const rest = { ...patch };
  const out = retainKeys({ ...original }, rest);
  mergeOrderedLists(type, out, rest);
  for (const patchKey of Object.keys(rest)) {
    const value = rest[patchKey]!;
    const isDeleteList = patchKey.startsWith(DELETE_FROM_LIST);
    const key = isDeleteList ? directiveField(patchKey, DELETE_FROM_LIST) : patchKey;
    if (value === null) {
      delete out[key];
      continue;
    }
    const before = out[key];
    if (before === undefined || before === null || goTypeName(before) !== goTypeName(value)) {
      if (isDeleteList) continue;
      setOrDrop(out, key, withoutDirectives(withoutNulls(value)));
      continue;
    }
    const field = fieldOf(type, key);
    if (isObject(value) && isObject(before)) {
      out[key] = strategyOf(field) === "replace" ? value : mergeMap(fieldType(type, key), before, value);
    } else if (Array.isArray(value) && Array.isArray(before)) {
      out[key] = mergeList(type, key, before, value, isDeleteList);
    } else setOrDrop(out, key, withoutDirectives(value));
  }
  return sameEntries(out, original) ? original : out;
}

/** A map with `$patch` of its own: replaced by the patch, or emptied. */
function directedMap(patch: JsonObject): JsonObject {
  const { [PATCH]: directive, ...rest } = patch;
  if (directive === "replace") return rest;
  if (directive === "delete") return {};
  throw bareError(`unknown patch type: ${goPrint(directive ?? null)} in map: ${goPrint(patch)}`);
}

/** Clears what `$retainKeys` does not name; takes the directive out of `patch`. */
function retainKeys(out: JsonObject, patch: JsonObject): JsonObject {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return out;
  const keep = patch[RETAIN_KEYS]!;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(keep)) throw badDirective("retainKeys");
  const names = new Set(keep);
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER)) continue;
    if (!names.has(key)) throw badDirective("retainKeys");
  }
  for (const key of Object.keys(out)) if (!names.has(key)) delete out[key];
  return out;
}

/** Lists with a `$setElementOrder` beside them: merged, then ordered by it. Takes both out of `patch`. */
function mergeOrderedLists(type: TypeSchema | undefined, out: JsonObject, patch: JsonObject): void {
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(SET_ORDER)) continue;
    const order = patch[directive]!;
    delete patch[directive];
    if (!Array.isArray(order)) throw wrongType("[]interface {}", order);
    const key = directiveField(directive, SET_ORDER);
    const before = listOrThrow(out[key]);
    const change = listOrThrow(patch[key]);
    const mergeKey = fieldOf(type, key)?.patchMergeKey ?? "";
    checkOrder(change ?? [], order, mergeKey);
    let merged: JsonValue[];
    if (before !== undefined && change !== undefined) merged = mergeList(type, key, before, change, false);
    else if (before !== undefined) merged = before;
    else if (change !== undefined) merged = withoutDirectives(change) as JsonValue[];
    else continue;
    out[key] = orderElements({ merged, patchOrder: order, serverOrder: before ?? [], mergeKey });
    delete patch[key];
  }
}

function listOrThrow(value: JsonValue | undefined): JsonValue[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongType("[]interface {}", value);
  return value;
}

const wrongType = (expected: string, value: JsonValue): Error => bareError(`expected a ${expected}, but received a ${goTypeName(value)}`);

function directiveField(key: string, prefix: string): string {
  const slash = key.indexOf("/");
  if (slash < 0 || key.slice(0, slash) !== prefix) throw badDirective(prefix === SET_ORDER ? "setElementOrder list" : "primitive list");
  return key.slice(slash + 1);
}

/** Items of the patch must come in the order's order, and all be in it (deletions aside). */
function checkOrder(patch: readonly JsonValue[], order: readonly JsonValue[], mergeKey: string): void {
  if (order.length === 0 || patch.length === 0) return;
  const items = mergeKey ? patch.filter((item) => !(isObject(item) && item[PATCH] === "delete")) : patch;
  let [item, at] = [0, 0];
  while (item < items.length && at < order.length) {
    const value = items[item]!;
    if (isObject(value) && Object.hasOwn(value, PATCH)) {
      item++;
      continue;
    }
    if (sameKey(value, order[at]!, mergeKey)) item++;
    at++;
  }
  if (item < items.length && at >= order.length) {
    throw bareError(`The order in patch list:\n${goPrint([...patch])}\n doesn't match ${SET_ORDER} list:\n${goPrint([...order])}\n`);
  }
}

function sameKey(left: JsonValue, right: JsonValue, mergeKey: string): boolean {
  return mergeKey === "" ? left === right : keyOf(left, mergeKey) === keyOf(right, mergeKey);
}

function keyOf(item: JsonValue, mergeKey: string): JsonValue {
  if (!isObject(item)) throw wrongType("map[string]interface {}", item);
  const key = item[mergeKey];
  if (key === undefined) throw bareError(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  return key;
}

function mergeList(type: TypeSchema | undefined, key: string, before: JsonValue[], patch: JsonValue[], isDeleteList: boolean): JsonValue[] {
  const field = fieldOf(type, key);
  if (strategyOf(field) !== "merge" && !isDeleteList) return patch;
  if (before.length === 0 && patch.length === 0) return before;
  const elements = elementKind([before, patch]);
  const mergeKey = field?.patchMergeKey ?? "";
  if (elements !== "map") {
    if (isDeleteList) {
      const gone = new Set(patch);
      return before.filter((item) => !gone.has(item));
    }
    const merged = [...new Set([...before, ...patch])];
    return orderElements({ merged, patchOrder: patch, serverOrder: before, mergeKey: "" });
  }
  if (mergeKey === "") throw bareError(`cannot merge lists without merge key for ${key}`);
  const special = applySpecialElements(before, patch as JsonObject[], mergeKey);
  const merged = mergeItems(itemType(type, key), special.before, special.patch, mergeKey);
  return orderElements({ merged, patchOrder: special.patch, serverOrder: special.before, mergeKey });
}

/** `{$patch: delete, name: x}` removes, `{$patch: replace}` makes the patch the whole list. */
function applySpecialElements(before: JsonValue[], patch: JsonObject[], mergeKey: string): { before: JsonValue[]; patch: JsonObject[] } {
  let kept = before;
  let replace = false;
  const plain: JsonObject[] = [];
  for (const item of patch) {
    const directive = item[PATCH];
    if (directive === undefined) plain.push(item);
    else if (directive === "delete") {
      const key = keyOf(item, mergeKey);
      kept = kept.filter((other) => !isObject(other) || other[mergeKey] !== key);
    } else if (directive === "replace") replace = true;
    else if (directive === "merge") throw bareError("merging lists cannot yet be specified in the patch");
    else throw bareError(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(item)}`);
  }
  return { before: replace ? [] : kept, patch: plain };
}

function mergeItems(items: TypeSchema | undefined, before: readonly JsonValue[], patch: readonly JsonObject[], mergeKey: string): JsonValue[] {
  const out = [...before];
  for (const item of patch) {
    const key = keyOf(item, mergeKey);
    const at = out.findIndex((other) => isObject(other) && other[mergeKey] === key);
    if (at < 0) out.push(withoutDirectives(withoutNulls(item)) as JsonValue);
    else out[at] = mergeMap(items, out[at] as JsonObject, item);
  }
  return out;
}

/** All elements must be of one type, and no lists. */
function elementKind(lists: readonly JsonValue[][]): "map" | "scalar" {
  const names = new Set(lists.flat().map(goTypeName));
  const first = goTypeName(lists.flat()[0]!);
  if (first === "[]interface {}") throw bareError("lists of lists are not supported");
  if (names.size > 1) throw bareError(`list element types are not identical: [${lists.map((list) => goPrint(list)).join(" ")}]`);
  return first === "map[string]interface {}" ? "map" : "scalar";
}

/** Undefined when the value itself is a directive. */
function withoutDirectives(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return value.flatMap((item) => withoutDirectives(item) ?? (item === null ? [null] : []));
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, PATCH)) return undefined;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) setOrDrop(out, key, withoutDirectives(value[key]!));
  return out;
}

function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, child]) => (child === null ? [] : [[key, withoutNulls(child)]])));
}

function setOrDrop(out: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value === undefined) delete out[key];
  else out[key] = value;
}

function sameEntries(out: JsonObject, original: JsonObject): boolean {
  const keys = Object.keys(out);
  return keys.length === Object.keys(original).length && keys.every((key) => out[key] === original[key]);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldOf(type: TypeSchema | undefined, key: string): FieldSchema | undefined {
  return type?.kind === "object" ? type.fields.get(key) : undefined;
}

function fieldType(type: TypeSchema | undefined, key: string): TypeSchema | undefined {
  return type?.kind === "map" ? type.values : fieldOf(type, key)?.type;
}

function itemType(type: TypeSchema | undefined, key: string): TypeSchema | undefined {
  const list = fieldType(type, key);
  return list?.kind === "list" ? list.items : undefined;
}

function strategyOf(field: FieldSchema | undefined): string {
  return field?.patchStrategies.find((strategy) => strategy !== "retainKeys") ?? "";
}
