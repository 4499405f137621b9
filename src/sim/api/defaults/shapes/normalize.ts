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

const OBJECT_META = "meta.ObjectMeta";
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

/**
 * Rewrites an object of a built-in kind, an object of another kind only in its metadata: it and its metadata in place, what is below may be replaced.
 * Parts of `known` that are shared are normal already.
 */
export function normalizeGoShape(object: Loose, known?: Loose): void {
  const root = ROOT_SHAPES[`${object.apiVersion}/${object.kind}`];
  if (root !== undefined) normalizeInPlace(object, shapeOf(root), known);
  else if (isObject(object.metadata)) normalizeInPlace(object.metadata, shapeOf(OBJECT_META));
}

function isObject(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function normalizeInPlace(object: Loose, shape: Shape, known?: Loose): void {
  for (const field of normalizeFields(object, shape, known) ?? []) delete object[field];
  addZeros(object, shape);
}

/** The same object, or a copy where fields leave: an object that fields were deleted from is a hash table for the rest of its life, several times the size. */
function normalizeStruct(object: Loose, shape: Shape, known?: Loose): Loose {
  const leaving = normalizeFields(object, shape, known);
  let normal = object;
  if (leaving !== undefined) {
    normal = {};
    for (const field in object) if (!leaving.includes(field)) normal[field] = object[field];
  }
  addZeros(normal, shape);
  return normal;
}

/** Makes the fields normal, and names those that are empty. */
function normalizeFields(object: Loose, shape: Shape, known?: Loose): string[] | undefined {
  let leaving: string[] | undefined;
  for (const key in object) {
    const value: unknown = object[key];
    const before: unknown = known?.[key];
    if (value === before && value !== undefined && value !== null) continue;
    const field = shape.fields.get(key);
    if (!field) continue;
    if (value === null || value === undefined) {
      (leaving ??= []).push(key);
      continue;
    }
    const normal = normalizeValue(value, field.type, before);
    if (field.mark !== ":" && isEmpty(normal, field.type)) (leaving ??= []).push(key);
    else if (normal !== value) object[key] = normal;
  }
  return leaving;
}

function addZeros(object: Loose, shape: Shape): void {
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

function normalizeValue(value: unknown, type: Type, known?: unknown): unknown {
  switch (type.kind) {
    case "q":
      return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : value;
    case "t":
      return typeof value === "string" ? utcSeconds(value) : value;
    case "*":
      return normalizeValue(value, type.element!, known);
    case "struct":
      if (!isObject(value)) return value;
      if (type.struct === OBJECT_META) {
        normalizeInPlace(value, shapeOf(OBJECT_META), isObject(known) ? known : undefined);
        return value;
      }
      return normalizeStruct(value, shapeOf(type.struct!), isObject(known) ? known : undefined);
    case "[":
      if (Array.isArray(value) && holdsMore(type.element!)) {
        for (let index = 0; index < value.length; index++) {
          const item: unknown = value[index];
          const before: unknown = Array.isArray(known) ? known[index] : undefined;
          if (item === before && item !== undefined && item !== null) continue;
          const normal = normalizeValue(item, type.element!, before);
          if (normal !== item) value[index] = normal;
        }
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
    case "struct":
      return normalizeStruct({}, shapeOf(type.struct!));
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
