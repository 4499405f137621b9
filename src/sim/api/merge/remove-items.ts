/** Takes fields and list items out of an object, and completes sets with the named fields above their members. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import type { ListType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { below, hasElement, isEmpty, fieldElement, type FieldSet } from "./field-set.ts";
import { asList, asMap, fieldType, isAtomic, isNamedField, itemElement, shapeOf } from "./typed-value.ts";

/** The value without what `remove` names. A map or list that becomes empty is removed (undefined), as upstream does. */
export function removeItems(type: TypeSchema, value: JsonValue, remove: FieldSet): JsonValue | undefined {
  const shape = shapeOf(type, value);
  if (shape === "scalar") return value;
  if (isAtomic(type, shape)) return undefined;
  if (shape === "map") {
    const map = asMap(value);
    if (map === undefined) return undefined;
    const out: JsonObject = {};
    let changed = false;
    let count = 0;
    for (const key in map) {
      const rest = without(fieldType(type, key), map[key]!, fieldElement(key), remove);
      if (rest !== map[key]) changed = true;
      if (rest === undefined) continue;
      out[key] = rest;
      count++;
    }
    return count === 0 ? undefined : changed ? out : value;
  }
  const list = asList(value);
  if (!list?.length) return undefined;
  const out: JsonValue[] = [];
  for (const item of list) {
    const rest = without((type as ListType).items, item, itemElement(type as ListType, item), remove);
    if (rest !== undefined) out.push(rest);
  }
  if (out.length === 0) return undefined;
  return out.length === list.length && out.every((item, at) => item === list[at]) ? value : out;
}

function without(type: TypeSchema | undefined, value: JsonValue, element: string, remove: FieldSet): JsonValue | undefined {
  if (hasElement(remove, element)) return undefined;
  const rest = below(remove, element);
  // Null stays for what had a nested removal, as Go leaves a nil there.
  return isEmpty(rest) || type === undefined ? value : (removeItems(type, value, rest) ?? null);
}

/** The set with the struct fields above its members: owning `.spec.replicas` also means `.spec`, but owning a key of a map does not mean the map. */
export function ensureNamedFieldsAreMembers(type: TypeSchema | undefined, set: FieldSet): FieldSet {
  const out: { [element: string]: FieldSet } = {};
  for (const element in set) {
    if (element === ".") {
      out[element] = set[element]!;
      continue;
    }
    const children = below(set, element);
    if (isEmpty(children)) {
      out[element] = set[element]!;
      continue;
    }
    const kind = element[0];
    const name = element.slice(2);
    const childType = type === undefined ? undefined : kind === "f" ? fieldType(type, name) : type.kind === "list" ? type.items : undefined;
    const member = hasElement(set, element) || (kind === "f" && type !== undefined && isNamedField(type, name));
    const completed = ensureNamedFieldsAreMembers(childType, children);
    out[element] = member ? { ".": {}, ...completed } : completed;
  }
  return out;
}
