/** Walks a schema beside a value: which alternative a value means, which fields a place knows, which rules run where. */
import type { z } from "zod";
import { isMap, ruleOf, type Report } from "./structure.ts";

type Schema = z.core.$ZodType;
type Path = readonly (string | number)[];

/** The kinds of value that the file has. */
export type ValueKind = "map" | "list" | "text" | "number" | "boolean" | "nothing";

export function valueKind(value: unknown): ValueKind {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "map";
  if (typeof value === "number") return "number";
  return typeof value === "boolean" ? "boolean" : "text";
}

/** The schema without its optional wrappers. */
export function unwrap(schema: Schema): Schema {
  let current = schema;
  for (;;) {
    const def = current._zod.def as { type: string; innerType?: Schema };
    if ((def.type === "optional" || def.type === "nullable" || def.type === "default") && def.innerType !== undefined) current = def.innerType;
    else return current;
  }
}

/** The kinds of value that a schema can take. */
function kindsOf(schema: Schema): ReadonlySet<ValueKind> {
  const def = unwrap(schema)._zod.def;
  switch (def.type) {
    case "object":
    case "record":
      return new Set(["map"]);
    case "array":
      return new Set(["list"]);
    case "number":
    case "int":
      return new Set(["number"]);
    case "boolean":
      return new Set(["boolean"]);
    case "enum":
      return new Set(["text"]);
    case "literal":
      return new Set((def as z.core.$ZodLiteralDef<z.core.util.Literal>).values.map(valueKind));
    case "union":
      return new Set(optionsOf(schema).flatMap((option) => [...kindsOf(option)]));
    case "unknown":
      return new Set(["map", "list", "text", "number", "boolean", "nothing"]);
    default:
      return new Set(["text"]);
  }
}

/** The alternatives of a union; of anything else, itself. */
export function optionsOf(schema: Schema): readonly Schema[] {
  const def = unwrap(schema)._zod.def as { type: string; options?: readonly Schema[] };
  return def.type === "union" && def.options !== undefined ? def.options : [unwrap(schema)];
}

/** Positions of the alternatives that a value of this kind can mean. */
export function matchingOptions(schema: Schema, value: unknown): number[] {
  const kind = valueKind(value);
  return optionsOf(schema).flatMap((option, index) => (kindsOf(option).has(kind) ? [index] : []));
}

/** What a value's children are checked by: the alternative that fits its kind, through nested unions. */
function schemaFor(schema: Schema, value: unknown): Schema {
  let current = unwrap(schema);
  while (current._zod.def.type === "union") {
    const options = optionsOf(current);
    const matching = matchingOptions(current, value);
    const best = matching.length > 1 && isMap(value) ? mostShared(matching.map((index) => options[index]!), value) : options[matching[0] ?? 0];
    if (best === undefined) return current;
    current = unwrap(best);
  }
  return current;
}

function mostShared(options: readonly Schema[], value: Record<string, unknown>): Schema {
  const shared = (option: Schema) => fieldNames(option).filter((field) => Object.hasOwn(value, field)).length;
  return options.reduce((best, option) => (shared(option) > shared(best) ? option : best));
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const def = unwrap(schema)._zod.def as { type: string; shape?: Record<string, Schema> };
  return def.type === "object" ? def.shape : undefined;
}

/** The fields that a map's schema names. */
export function fieldNames(schema: Schema): string[] {
  return Object.keys(shapeOf(schema) ?? {});
}

function childSchema(schema: Schema, key: string | number): Schema | undefined {
  const def = schema._zod.def as { type: string; element?: Schema; valueType?: Schema };
  const shape = shapeOf(schema);
  if (shape !== undefined) return Object.hasOwn(shape, key) ? shape[key] : undefined;
  return def.type === "array" ? def.element : def.type === "record" ? def.valueType : undefined;
}

/** The schema of a path, following the value that stands there; undefined where no schema reaches. */
export function schemaAt(root: Schema, value: unknown, path: Path): Schema | undefined {
  let schema: Schema | undefined = schemaFor(root, value);
  let current = value;
  for (const key of path) {
    const child: Schema | undefined = childSchema(schema, key);
    if (child === undefined) return undefined;
    current = isMap(current) || Array.isArray(current) ? (current as Record<string | number, unknown>)[key] : undefined;
    schema = schemaFor(child, current);
  }
  return schema;
}

/** The maps that stand directly below a map's schema, by field: of a union, the one alternative that is a map. */
function mapsBelow(schema: Schema): [string, Schema][] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([field, child]): [string, Schema][] => {
    const maps = optionsOf(child).filter((option) => shapeOf(option) !== undefined);
    return maps.length === 1 ? [[field, maps[0]!]] : [];
  });
}

/** How deep a misplaced field is looked for: `platform.backups.s3.bucket`. */
const PLACES_DEPTH_MAX = 4;

/** Paths below a map's schema, through maps only, where a field of this name is known; the shallowest first. */
export function placesOf(field: string, schema: Schema, depth = PLACES_DEPTH_MAX): string[][] {
  if (depth === 0) return [];
  const here = mapsBelow(schema);
  const found = here.filter(([, child]) => fieldNames(child).includes(field)).map(([name]) => [name, field]);
  return [...found, ...here.flatMap(([name, child]) => placesOf(field, child, depth - 1).map((path) => [name, ...path]))].sort((a, b) => a.length - b.length);
}

/** Runs every rule that applies anywhere in the value; paths are from the root. */
export function runRules(root: Schema, value: unknown, report: Report, path: (string | number)[] = []): void {
  const schema = schemaFor(root, value);
  if (isMap(value)) {
    ruleOf(schema)?.(value, (below, message, fix) => report([...path, ...below], message, fix));
    for (const [key, child] of Object.entries(value)) {
      const next = childSchema(schema, key);
      if (next !== undefined) runRules(next, child, report, [...path, key]);
    }
  } else if (Array.isArray(value)) {
    value.forEach((child, index) => {
      const next = childSchema(schema, index);
      if (next !== undefined) runRules(next, child, report, [...path, index]);
    });
  }
}
