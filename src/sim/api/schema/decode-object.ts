/**
 * What Go's decoder makes of a JSON value for a type, and what its encoder writes back: unknown fields and nulls are dropped, zero values that are never
 * written go, structs that always are come, quantities and times get their canonical form. The stored form of every built-in object.
 */
import { canonicalQuantity, parseQuantity, QUANTITY_FORMAT_WRONG } from "../../../lib/quantity.ts";
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import type { FieldSchema, ObjectType, ScalarKind, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { zeroOf } from "../merge/zero-object.ts";
import { goTypeOf } from "./go-type.ts";
import { decodeTime } from "./decode-time.ts";

export interface Decoded {
  /** Shares with the input what did not change. */
  value: JsonValue;
  /** `spec.containers[0].foo`, in the order of the document. */
  unknownFields: string[];
  /** The first value of a wrong type, in the decoder's words; the rest is then not to be used. */
  typeError?: string;
}

/** Upstream stops collecting strict errors at this many. */
const STRICT_ERRORS_MAX = 100;

export function decodeObject(schema: ObjectType, value: JsonValue): Decoded {
  const decoder = new Decoder();
  const decoded = decoder.decode(schema, value, undefined);
  return { value: decoded ?? {}, unknownFields: decoder.unknownFields, ...(decoder.typeError === undefined ? {} : { typeError: decoder.typeError }) };
}

class Decoder {
  readonly unknownFields: string[] = [];
  typeError: string | undefined;
  /** Fields, keys of maps and indices on the way here: unknown fields are told with all of them, wrong types with fields alone. */
  private readonly way: (FieldSchema | string | number)[] = [];
  private struct = "";

  /** Undefined when nothing is to be written. */
  decode(type: TypeSchema, value: JsonValue, field: FieldSchema | undefined): JsonValue | undefined {
    switch (type.kind) {
      case "any":
        return value === null ? undefined : value;
      case "scalar":
        return this.scalar(type.scalar, value);
      case "list":
        return this.list(type, value, field);
      case "map":
        return this.map(type, value, field);
      case "object":
        return this.object(type, value);
    }
  }

  private object(type: ObjectType, value: JsonValue): JsonValue | undefined {
    if (value === null) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) return this.wrong(value, type);
    const outer = this.struct;
    this.struct = type.definition?.slice(type.definition.lastIndexOf(".") + 1) ?? "";
    // Made at the first difference: most of what comes is as it will be stored.
    let out: JsonObject | undefined;
    for (const key in value) {
      const field = type.fields.get(key);
      if (field === undefined) {
        this.unknown(key);
        out ??= fieldsBefore(value, key);
        continue;
      }
      this.way.push(field);
      const before = value[key]!;
      // An absent time is written as null: it stands as it is.
      const after = before === null && field.zero === "null" ? null : this.decode(field.type, before, field);
      this.way.pop();
      if (after === undefined || (field.zero === "dropped" && isZero(after, field))) {
        out ??= fieldsBefore(value, key);
        continue;
      }
      if (after !== before) out ??= fieldsBefore(value, key);
      if (out !== undefined) out[key] = after;
    }
    this.struct = outer;
    if (out === undefined && lacksZeros(type, value)) out = { ...value };
    if (out === undefined) return value;
    addZeros(type, out);
    return out;
  }

  private list(type: TypeSchema & { kind: "list" }, value: JsonValue, field: FieldSchema | undefined): JsonValue | undefined {
    if (value === null) return undefined;
    if (!Array.isArray(value)) return this.wrong(value, type);
    let out: JsonValue[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const item = value[index]!;
      this.way.push(index);
      const decoded = this.decode(type.items, item, field) ?? emptyItem(type.items);
      this.way.pop();
      if (decoded !== item) out ??= value.slice(0, index);
      out?.push(decoded);
    }
    return out ?? value;
  }

  private map(type: TypeSchema & { kind: "map" }, value: JsonValue, field: FieldSchema | undefined): JsonValue | undefined {
    if (value === null) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) return this.wrong(value, type);
    let out: JsonObject | undefined;
    for (const key in value) {
      this.way.push(key);
      const decoded = this.decode(type.values, value[key]!, field) ?? emptyItem(type.values);
      this.way.pop();
      if (decoded !== value[key]) out ??= fieldsBefore(value, key);
      if (out !== undefined) out[key] = decoded;
    }
    return out ?? value;
  }

  private scalar(scalar: ScalarKind, value: JsonValue): JsonValue | undefined {
    if (value === null) return undefined;
    switch (scalar) {
      case "int32":
        return typeof value === "number" && Number.isInteger(value) && Math.abs(value + 0.5) <= 2 ** 31 ? value : this.wrongScalar(value, "int32");
      case "int64":
      case "integer":
        return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? value : this.wrongScalar(value, "int64");
      case "number":
        return typeof value === "number" ? value : this.wrongScalar(value, "float64");
      case "boolean":
        return typeof value === "boolean" ? value : this.wrongScalar(value, "bool");
      case "int-or-string":
        return typeof value === "string" || (typeof value === "number" && Number.isInteger(value) && Math.abs(value + 0.5) <= 2 ** 31) ? value : this.wrongScalar(value, "int32");
      case "quantity":
        if ((typeof value !== "string" && typeof value !== "number") || parseQuantity(value) === undefined) return this.fail(QUANTITY_FORMAT_WRONG);
        return canonicalQuantity(value);
      case "date-time":
      case "micro-time": {
        if (typeof value !== "string") return this.wrongScalar(value, "string");
        const time = decodeTime(value, scalar);
        return time.error === undefined ? time.text : this.fail(time.error);
      }
      case "byte": {
        if (typeof value !== "string") return this.wrongScalar(value, "[]uint8");
        const at = badBase64(value);
        return at < 0 ? value : this.fail(`illegal base64 data at input byte ${at}`);
      }
      default:
        return typeof value === "string" ? value : this.wrongScalar(value, "string");
    }
  }

  private unknown(key: string): void {
    if (this.unknownFields.length >= STRICT_ERRORS_MAX) return;
    const path = `${this.way.map((step) => (typeof step === "number" ? `[${step}]` : `.${typeof step === "string" ? step : step.name}`)).join("")}.${key}`.slice(1);
    if (!this.unknownFields.includes(path)) this.unknownFields.push(path);
  }

  private wrong(value: JsonValue, type: TypeSchema): undefined {
    return this.wrongScalar(value, goTypeOf(type));
  }

  private wrongScalar(value: JsonValue, goType: string): undefined {
    const isNumeric = /^(u?int|float)/.test(goType);
    const what = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value === "number" && isNumeric ? `number ${value}` : typeof value;
    const where = this.struct === "" ? "Go value" : `Go struct field ${this.struct}.${this.way.flatMap((step) => (typeof step === "object" ? [step.name] : [])).join(".")}`;
    return this.fail(`json: cannot unmarshal ${what} into ${where} of type ${goType}`);
  }

  private fail(message: string): undefined {
    this.typeError ??= message;
    return undefined;
  }
}

/** A copy of the fields that come before this one. */
function fieldsBefore(value: JsonObject, end: string): JsonObject {
  const out: JsonObject = {};
  for (const key in value) {
    if (key === end) break;
    out[key] = value[key]!;
  }
  return out;
}

function isZero(value: JsonValue, field: FieldSchema): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  // An empty struct is written; only an empty map is not.
  if (field.type.kind === "object" || field.type.kind === "any") return false;
  for (const _ in value) return false;
  return true;
}

/** What an item that is null becomes in a list or map: Go's zero value. */
function emptyItem(type: TypeSchema): JsonValue {
  if (type.kind === "object") {
    const out: JsonObject = {};
    addZeros(type, out);
    return out;
  }
  if (type.kind !== "scalar") return null;
  return type.scalar === "string" || type.scalar === "formatted" ? "" : type.scalar === "boolean" ? false : type.scalar === "quantity" ? "0" : 0;
}

interface ZeroField {
  name: string;
  value: () => JsonValue;
}

const zeroFields = new WeakMap<ObjectType, readonly ZeroField[]>();

function zeroFieldsOf(type: ObjectType): readonly ZeroField[] {
  let zeros = zeroFields.get(type);
  if (zeros === undefined) zeroFields.set(type, (zeros = zerosOf(type)));
  return zeros;
}

function lacksZeros(type: ObjectType, value: JsonObject): boolean {
  for (const { name } of zeroFieldsOf(type)) if (!Object.hasOwn(value, name)) return true;
  return false;
}

/** Adds what Go always writes: embedded structs, required scalars, times as null. */
function addZeros(type: ObjectType, out: JsonObject): void {
  for (const zero of zeroFieldsOf(type)) if (!Object.hasOwn(out, zero.name)) out[zero.name] = zero.value();
}

function zerosOf(type: ObjectType): ZeroField[] {
  const zeros: ZeroField[] = [];
  // Custom resources have no Go type.
  if (type.definition === undefined) return zeros;
  for (const field of type.fields.values()) {
    const { name } = field;
    const struct = field.type;
    if (field.zero === "null") zeros.push({ name, value: () => null });
    else if (typeof field.default === "object" && field.default !== null && struct.kind === "object") {
      zeros.push({
        name,
        value: () => {
          const empty: JsonObject = {};
          addZeros(struct, empty);
          return empty;
        },
      });
    } else if (field.zero === "written") {
      // Lists and pointers would be null: they stay absent, which every reader here takes for the same.
      const zero = zeroOf(field.type, field.default);
      if (zero !== null) zeros.push({ name, value: () => zero });
    }
  }
  return zeros;
}

/** The offset of the first character that Go's base64 decoder refuses, or -1. Line ends are passed over. */
function badBase64(text: string): number {
  const clean = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;
  const length = text.replace(/[\r\n]/g, "").length;
  if (clean.test(text) && length % 4 === 0) return -1;
  const at = text.search(/[^A-Za-z0-9+/\r\n]/);
  return at < 0 ? text.length - (length % 4) : at;
}
