/**
 * Why a strategic merge patch's result cannot be taken: upstream turns it into an object without the JSON decoder, and says less about it
 * (apimachinery, runtime/converter.go). The message goes into `patchInvalid(goPrint(patch), message)`.
 */
import type { JsonValue } from "../../../objects/kube-object.ts";
import type { ObjectType, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { decodeObject } from "./decode-object.ts";
import { goTypeOf } from "./go-type.ts";

/** Undefined when the value can be taken. Unknown fields are no concern here. */
export function converterError(schema: ObjectType, value: JsonValue): string | undefined {
  // The decoder finds whether there is something wrong; only then its place is looked for again.
  const { typeError } = decodeObject(schema, value);
  return typeError === undefined ? undefined : (find(schema, value) ?? typeError.replace(/Go struct field \S+ of type/, "Go value of type"));
}

/** Go's kind of an untyped value. */
function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return "slice";
  switch (typeof value) {
    case "object":
      return "map";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int64" : "float64";
    default:
      return "string";
  }
}

function find(type: TypeSchema, value: JsonValue): string | undefined {
  if (value === null || type.kind === "any") return undefined;
  const kind = kindOf(value);
  switch (type.kind) {
    case "object":
      if (kind !== "map") return `cannot restore struct from: ${kind}`;
      return first(Object.entries(value as object).map(([key, child]) => [type.fields.get(key)?.type, child as JsonValue]));
    case "map":
      if (kind !== "map") return `cannot restore map from ${kind}`;
      return first(Object.values(value as object).map((child) => [type.values, child as JsonValue]));
    case "list":
      if (kind !== "slice") return `cannot restore slice from ${kind}`;
      return first((value as JsonValue[]).map((item) => [type.items, item]));
    case "scalar":
      if (fits(type.scalar, kind)) return undefined;
      return isConvertible(kind, goTypeOf(type)) ? `cannot convert ${kind} to ${goTypeOf(type)}` : `unrecognized type: ${goTypeOf(type)}`;
  }
}

function first(children: readonly (readonly [TypeSchema | undefined, JsonValue])[]): string | undefined {
  for (const [type, child] of children) {
    const found = type === undefined ? undefined : find(type, child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What Go's reflection would convert (a whole number to a string, as a character), and the converter refuses one step later. */
function isConvertible(kind: string, goType: string): boolean {
  return (kind === "int64" && goType === "string") || (kind === "float64" && goType.startsWith("int"));
}

/** Quantities, times and the like read themselves: their own message stands. */
function fits(scalar: string, kind: string): boolean {
  switch (scalar) {
    case "string":
    case "formatted":
      return kind === "string";
    case "boolean":
      return kind === "bool";
    case "int32":
    case "int64":
    case "integer":
      return kind === "int64";
    case "number":
      return kind === "int64" || kind === "float64";
    default:
      return true;
  }
}
