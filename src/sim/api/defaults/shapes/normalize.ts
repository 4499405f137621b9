/**
 * What a trip through upstream's Go structs does to JSON, before any defaulting: nulls and empty optional values vanish, struct values and
 * required fields appear with their zero value (`status: {}`, `resources: {}`), quantities become canonical. Unknown fields are left alone.
 *
 * The grammar of `table.ts`: fields are separated by blanks; `name?type` is omitted when empty, `name:type` never, `name~type` when zero.
 * Types: s string, b bool, i number, q quantity, o int-or-string, t time, m micro time, y bytes, x anything; `*T` pointer, `[T` list, `{T` map, else a struct.
 */
import { canonicalQuantity } from "../../../../lib/quantity.ts";
import type { Loose } from "../loose.ts";
import { ROOT_SHAPES, SHAPES } from "./table.ts";

interface Type {
  kind: "s" | "b" | "i" | "q" | "o" | "t" | "m" | "y" | "x" | "*" | "[" | "{" | "struct";
  element?: Type;
  struct?: string;
}

interface Field {
  name: string;
  mark: string;
  type: Type;
}

interface Shape {
  fields: Map<string, Field>;
  /** What Go prints even when the client left it out. */
  always: readonly Field[];
}

const shapes = new Map<string, Shape>();

function shapeOf(name: string): Shape {
  let shape = shapes.get(name);
  if (!shape) {
    shape = compile(SHAPES[name] ?? "");
    shapes.set(name, shape);
  }
  return shape;
}

function compile(text: string): Shape {
  const fields = new Map<string, Field>();
  const always: Field[] = [];
  for (const part of text === "" ? [] : text.split(" ")) {
    const at = part.search(/[?:~]/);
    const field: Field = { name: part.slice(0, at), mark: part[at]!, type: parseType(part.slice(at + 1)) };
    fields.set(field.name, field);
    const { kind } = field.type;
    if (kind === "*" || kind === "x") continue;
    const isStruct = kind === "struct" || kind === "q" || kind === "o" || kind === "t" || kind === "m";
    if (field.mark === ":" || (field.mark === "?" && isStruct)) always.push(field);
  }
  return { fields, always };
}

function parseType(code: string): Type {
  const first = code[0]!;
  if (first === "*" || first === "[" || first === "{") return { kind: first, element: parseType(code.slice(1)) };
  if (code.length === 1) return { kind: first as Type["kind"] };
  return { kind: "struct", struct: code };
}

/** Rewrites an object of a built-in kind in place; an object of another kind only in its metadata. */
export function normalizeGoShape(object: Loose): void {
  const root = ROOT_SHAPES[`${object.apiVersion}/${object.kind}`];
  if (root !== undefined) normalizeStruct(object, shapeOf(root));
  else if (isObject(object.metadata)) normalizeStruct(object.metadata, shapeOf("meta.ObjectMeta"));
}

function isObject(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function normalizeStruct(object: Loose, shape: Shape): void {
  for (const key in object) {
    const field = shape.fields.get(key);
    if (!field) continue;
    const value: unknown = object[key];
    if (value === null || value === undefined) {
      delete object[key];
      continue;
    }
    const normal = normalizeValue(value, field.type);
    if (field.mark !== ":" && isEmpty(normal, field.type)) delete object[key];
    else if (normal !== value) object[key] = normal;
  }
  for (const field of shape.always) if (object[field.name] === undefined) object[field.name] = zero(field.type);
}

function isEmpty(value: unknown, type: Type): boolean {
  switch (type.kind) {
    case "s":
    case "y":
      return value === "";
    case "b":
      return value === false;
    case "i":
      return value === 0;
    case "[":
      return Array.isArray(value) && value.length === 0;
    case "{":
      if (!isObject(value)) return false;
      for (const _ in value) return false;
      return true;
    default:
      return false;
  }
}

function normalizeValue(value: unknown, type: Type): unknown {
  switch (type.kind) {
    case "q":
      return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : value;
    case "t":
      return typeof value === "string" ? utcSeconds(value) : value;
    case "*":
      return normalizeValue(value, type.element!);
    case "struct":
      if (isObject(value)) normalizeStruct(value, shapeOf(type.struct!));
      return value;
    case "[":
      if (Array.isArray(value) && holdsMore(type.element!)) {
        for (let index = 0; index < value.length; index++) value[index] = normalizeValue(value[index], type.element!);
      }
      return value;
    case "{":
      if (isObject(value)) {
        if (holdsMore(type.element!)) for (const key in value) value[key] = normalizeValue(value[key], type.element!);
        else if (type.element!.kind === "s") for (const key in value) if (value[key] === null) value[key] = "";
      }
      return value;
    default:
      return value;
  }
}

function holdsMore(type: Type): boolean {
  return type.kind === "struct" || type.kind === "q" || type.kind === "t" || type.kind === "[" || type.kind === "{" || type.kind === "*";
}

function zero(type: Type): unknown {
  switch (type.kind) {
    case "s":
      return "";
    case "b":
      return false;
    case "i":
    case "o":
      return 0;
    case "q":
      return "0";
    case "struct": {
      const object: Loose = {};
      normalizeStruct(object, shapeOf(type.struct!));
      return object;
    }
    default:
      return null;
  }
}

/** Times are stored in UTC with whole seconds; what is already so (nearly all) is returned as it is. */
function utcSeconds(text: string): string {
  if (text.length === 20 && text.endsWith("Z")) return text;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return text;
  return `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
