/** How structured-merge-diff sees a value through its type: as a map, a list or a scalar, atomic or not, and what its elements are called. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { ANY } from "../../../objects/schema/parse-definition.ts";
import type { ListType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { goJson } from "./field-set.ts";

export type Shape = "map" | "list" | "scalar";
/** `undefined` is a value that is not there; `null` is one that is there and null. */
export type Value = JsonValue | undefined;

/** What the value is treated as. A type of its own wins over the value's form; for `any` the value decides, and null is a map as upstream has it. */
export function shapeOf(type: TypeSchema, value: Value): Shape {
  switch (type.kind) {
    case "object":
    case "map":
      return "map";
    case "list":
      return "list";
    case "scalar":
      return "scalar";
    case "any":
      if (value === undefined || value === null) return "map";
      return Array.isArray(value) ? "list" : typeof value === "object" ? "map" : "scalar";
  }
}

/** Owned and replaced whole. A list of no declared type is atomic. */
export function isAtomic(type: TypeSchema, shape: Shape): boolean {
  if (shape === "scalar") return true;
  switch (type.kind) {
    case "object":
    case "map":
      return type.atomic;
    case "list":
      return type.list === "atomic";
    default:
      return shape === "list" || (type.kind === "any" && type.atomic);
  }
}

/** The type of a field or key; undefined when the schema does not declare it. */
export function fieldType(type: TypeSchema, key: string): TypeSchema | undefined {
  switch (type.kind) {
    case "object":
      return type.fields.get(key)?.type ?? type.unknownFields;
    case "map":
      return type.values;
    default:
      return ANY;
  }
}

/** True for a field with a name of its own in the schema (not for the keys of a map). */
export function isNamedField(type: TypeSchema, key: string): boolean {
  return type.kind === "object" && type.fields.has(key);
}

export function itemType(type: TypeSchema): TypeSchema {
  return type.kind === "list" ? type.items : ANY;
}

export function asMap(value: Value): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

export function asList(value: Value): readonly JsonValue[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

export function hasEntries(map: JsonObject | undefined): boolean {
  for (const _ in map) return true;
  return false;
}

/** The path element of an item: `k:{…}` by its keys (with the schema's defaults), `v:…` in a set. A string that starts with `!` says why there is none. */
export function itemElement(type: ListType, item: JsonValue): string {
  return type.list === "map" ? keyedElement(type, item) : setElement(item);
}

export const isItemError = (element: string): boolean => element.startsWith("!");

function keyedElement(type: ListType, item: JsonValue): string {
  if (item === null) return "!associative list with keys may not have a null element";
  const map = asMap(item);
  if (map === undefined) return "!associative list with keys may not have non-map elements";
  const parts: string[] = [];
  for (const key of sortedKeys(type)) {
    const value = map[key] ?? keyDefault(type, key);
    if (value !== undefined) parts.push(`${goJson(key)}:${goJson(value)}`);
  }
  if (parts.length === 0) {
    return `!associative list with keys has an element that omits all key fields [${type.keys.map((key) => JSON.stringify(key)).join(" ")}] (and doesn't have default values for any key fields)`;
  }
  return `k:{${parts.join(",")}}`;
}

function setElement(item: JsonValue): string {
  if (item === null) return "!associative list without keys has an element that's an explicit null";
  if (Array.isArray(item)) return "!not supported: associative list with lists as elements";
  if (typeof item === "object") return "!associative list without keys has an element that's a map type";
  return `v:${goJson(item)}`;
}

function keyDefault(type: ListType, key: string): JsonValue | undefined {
  return type.items.kind === "object" ? type.items.fields.get(key)?.default : undefined;
}

const sortedKeyLists = new WeakMap<ListType, readonly string[]>();

function sortedKeys(type: ListType): readonly string[] {
  if (type.keys.length === 1) return type.keys;
  let keys = sortedKeyLists.get(type);
  if (keys === undefined) sortedKeyLists.set(type, (keys = [...type.keys].sort()));
  return keys;
}

export function deepEqual(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((item, index) => deepEqual(item, right[index]));
  }
  if (Array.isArray(right)) return false;
  let count = 0;
  for (const key in left) {
    if (!Object.hasOwn(right, key) || !deepEqual(left[key], right[key])) return false;
    count++;
  }
  for (const _ in right) count--;
  return count === 0;
}
