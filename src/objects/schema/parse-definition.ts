/**
 * Reads one line of the generated table back into a type. Written by `scripts/schema-facts/render-definition.ts`.
 *
 *   definition = type | ["atomic; "] field *("; " field)
 *   field      = name marks ":" type [" patch=" strategies] [" key=" mergeKey] [" enum=" a|b] [" default=" json]
 *   marks      = ["!"] (required) ["?"] (its zero value is not written) | ["~"] (a time, written as null when absent) | ["+"] (always written)
 *   type       = scalar | "any" | "{" [type] "}" ["(" mapType ")"] | "[" type "]" ["(" listType *("," key) ")"] | definition ["(" mapType ")"]
 */
import { assert } from "../../lib/assert.ts";
import type { JsonValue } from "../kube-object.ts";
import type { AnyType, FieldSchema, ListType, ObjectType, ScalarKind, ScalarType, TypeSchema } from "./type-schema.ts";

/** Looks another definition up by its short name; objects may still be empty while they are being read (definitions refer to themselves). */
export type Resolve = (definition: string) => TypeSchema;

/** Short prefixes of the table to the names of OpenAPI. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ["meta.", "io.k8s.apimachinery.pkg.apis.meta."],
  ["machinery.", "io.k8s.apimachinery.pkg."],
  ["crd.", "io.k8s.apiextensions-apiserver.pkg.apis."],
  ["aggregator.", "io.k8s.kube-aggregator.pkg.apis."],
  ["api.", "io.k8s.api."],
];

export function longName(short: string): string {
  for (const [prefix, long] of PREFIXES) if (short.startsWith(prefix)) return long + short.slice(prefix.length);
  return short;
}

const scalar = (kind: ScalarKind): ScalarType => ({ kind: "scalar", scalar: kind });

const SCALARS: Readonly<Record<string, ScalarType>> = {
  string: scalar("string"),
  "string.byte": scalar("byte"),
  "string.date-time": scalar("date-time"),
  int32: scalar("int32"),
  int64: scalar("int64"),
  integer: scalar("integer"),
  number: scalar("number"),
  boolean: scalar("boolean"),
  quantity: scalar("quantity"),
  "int-or-string": scalar("int-or-string"),
};

const FORMATTED = scalar("formatted");
export const ANY: AnyType = { kind: "any", atomic: false, objectOnly: false };
export const FREE_FORM_OBJECT: AnyType = { kind: "any", atomic: false, objectOnly: true };

/** The definitions whose line does not say all that the server knows of them (schemaconv hard-codes the same ones). */
const SPECIAL: Readonly<Record<string, TypeSchema>> = {
  "machinery.runtime.RawExtension": { kind: "any", atomic: true, objectOnly: true },
  "meta.v1.MicroTime": scalar("micro-time"),
  "meta.v1.Time": scalar("date-time"),
};

export function specialDefinition(name: string): TypeSchema | undefined {
  return SPECIAL[name];
}

/** True when the line is a list of fields rather than a bare type. */
export function hasFields(line: string): boolean {
  return /^(atomic; )?[\w$-]+[!?~+]*:/.test(line);
}

/** Fills `target` from the line's fields. `target` exists before it is full, so that definitions can refer to themselves. */
export function readFields(line: string, target: ObjectType, resolve: Resolve): void {
  const fields = target.fields as Map<string, FieldSchema>;
  let rest = line;
  if (rest.startsWith("atomic; ")) {
    target.atomic = true;
    rest = rest.slice("atomic; ".length);
  }
  for (const text of rest.split("; ")) {
    const field = readField(text, resolve);
    fields.set(field.name, field);
  }
}

/** The parts of one field's text, unread: `type` is still text. */
export interface FieldText {
  name: string;
  marks: string;
  type: string;
  patchStrategies: string[];
  patchMergeKey?: string;
  enum?: string[];
  default?: JsonValue;
}

export function splitField(text: string): FieldText {
  const colon = text.indexOf(":");
  const name = /^[\w$-]+/.exec(text)![0];
  let rest = text.slice(colon + 1);
  const cut = (marker: string): string | undefined => {
    const at = rest.lastIndexOf(marker);
    if (at < 0) return undefined;
    const value = rest.slice(at + marker.length);
    rest = rest.slice(0, at);
    return value;
  };
  // From the end: only the last part may hold blanks.
  const defaultText = cut(" default=");
  const enumText = cut(" enum=");
  const key = cut(" key=");
  const strategies = cut(" patch=");
  return {
    name,
    marks: text.slice(name.length, colon),
    type: rest,
    patchStrategies: strategies?.split(",") ?? [],
    ...(key === undefined ? {} : { patchMergeKey: key }),
    ...(enumText === undefined ? {} : { enum: enumText.split("|") }),
    ...(defaultText === undefined ? {} : { default: JSON.parse(defaultText) as JsonValue }),
  };
}

function readField(text: string, resolve: Resolve): FieldSchema {
  const parts = splitField(text);
  const { name, marks, patchStrategies, patchMergeKey } = parts;
  const field: FieldSchema = {
    name,
    type: readReference(parts.type, resolve),
    required: marks.includes("!"),
    patchStrategies,
    ...(patchMergeKey === undefined ? {} : { patchMergeKey }),
    ...(parts.enum ? { enum: parts.enum } : {}),
    ...(parts.default === undefined ? {} : { default: parts.default }),
    ...(marks.includes("?") ? { zero: "dropped" as const } : marks.includes("~") ? { zero: "null" as const } : marks.includes("+") ? { zero: "written" as const } : {}),
  };
  const { type } = field;
  // As schemaconv: where no list type is declared, the patch strategy tells it.
  if (type.kind === "list" && patchStrategies.includes("merge") && !parts.type.endsWith(")")) {
    field.type = { ...type, list: patchMergeKey === undefined ? "set" : "map", keys: patchMergeKey === undefined ? [] : [patchMergeKey] };
  }
  return field;
}

/** A field can say more about the definition that it names: `api.core.v1.ObjectReference(granular)`. The copy shares the fields. */
function readReference(text: string, resolve: Resolve): TypeSchema {
  const suffix = /^([A-Za-z][\w.-]*)\((atomic|granular)\)$/.exec(text);
  if (!suffix) return readType(text, resolve);
  const type = resolve(suffix[1]!);
  return type.kind === "object" ? { ...type, atomic: suffix[2] === "atomic" } : type;
}

export function readType(text: string, resolve: Resolve): TypeSchema {
  const known = SCALARS[text];
  if (known) return known;
  if (text === "any") return ANY;
  if (text.startsWith("[")) {
    const end = text.lastIndexOf("]");
    const [list, ...keys] = text.slice(end + 2, -1).split(",");
    const items = readType(text.slice(1, end), resolve);
    const type: ListType = { kind: "list", items, list: list === "set" || list === "map" ? list : "atomic", keys };
    return type;
  }
  if (text.startsWith("{")) {
    const end = text.lastIndexOf("}");
    const inner = text.slice(1, end);
    const atomic = text.slice(end + 1) === "(atomic)";
    return inner === "" ? (atomic ? { ...FREE_FORM_OBJECT, atomic } : FREE_FORM_OBJECT) : { kind: "map", values: readType(inner, resolve), atomic };
  }
  if (text.startsWith("string.")) return FORMATTED;
  assert(text.includes("."), `the schema table has an unknown type ${text}`);
  return resolve(text);
}
