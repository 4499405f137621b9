/**
 * What a fresh Go value of a kind looks like in JSON: structs that are always written, and required fields with their zero. Ownership after a create is the
 * difference to this, which is why `f:spec` has no `.` there but `f:labels` has.
 */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import type { ObjectType, TypeSchema } from "../../../objects/schema/type-schema.ts";

const zeros = new WeakMap<ObjectType, JsonObject>();

/** Shared: never change it in place. */
export function zeroObject(schema: ObjectType): JsonObject {
  let zero = zeros.get(schema);
  if (zero === undefined) zeros.set(schema, (zero = build(schema)));
  return zero;
}

function build(schema: ObjectType): JsonObject {
  const out: JsonObject = {};
  // Custom resources have no Go type: their fresh value has nothing.
  if (schema.definition === undefined) return out;
  for (const field of schema.fields.values()) {
    const isStruct = typeof field.default === "object" && field.default !== null;
    if (isStruct) out[field.name] = field.type.kind === "object" ? build(field.type) : zeroOf(field.type, undefined);
    else if (field.zero === "null") out[field.name] = null;
    else if (field.zero === "written") out[field.name] = zeroOf(field.type, field.default);
  }
  return out;
}

/** A declared default tells a value from a pointer, whose zero is null. */
export function zeroOf(type: TypeSchema, declared: JsonValue | undefined): JsonValue {
  if (type.kind !== "scalar" || declared === undefined) return null;
  switch (typeof declared) {
    case "string":
      return "";
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return null;
  }
}
