/**
 * How upstream prints its internal structs in messages: JSON with Go's field names, every field in order, absent ones as null or zero.
 * Some messages carry such a value, and the immutability messages carry a unified diff of two.
 *
 * The grammar of `internal-table.ts`: `GoName=jsonName:type`; types as in defaults/shapes/normalize.ts, `m.X` for a metav1 struct; `+` embeds one.
 */
import { structuredPatch } from "diff";
import type { Loose } from "../defaults/loose.ts";
import { INTERNAL_SHAPES } from "./internal-table.ts";

interface Field {
  goName: string;
  jsonName: string;
  type: string;
}

const shapes = new Map<string, readonly Field[]>();
const DIFF_CONTEXT_LINES = 3;

function fieldsOf(name: string): readonly Field[] {
  let fields = shapes.get(name);
  if (!fields) {
    fields = (INTERNAL_SHAPES[name] ?? "").split(" ").map((part) => {
      const equals = part.indexOf("=");
      const colon = part.indexOf(":");
      return { goName: part.slice(0, equals), jsonName: part.slice(equals + 1, colon), type: part.slice(colon + 1) };
    });
    shapes.set(name, fields);
  }
  return fields;
}

/** A JSON tree with Go's names for a value of the named core struct (`PodSpec`, `SecurityContext`, …). */
export function printInternal(struct: string, value: unknown): unknown {
  return convert(value, struct.includes(".") ? struct : `core.${struct}`);
}

function convert(value: unknown, type: string): unknown {
  switch (type[0]) {
    case "*":
      return value === undefined || value === null ? null : convert(value, type.slice(1));
    case "[":
      return Array.isArray(value) ? value.map((item) => convert(item, type.slice(1))) : null;
    case "{":
      return convertMap(value, type.slice(1));
  }
  switch (type) {
    case "s":
      return value ?? "";
    case "b":
      return value ?? false;
    case "i":
    case "o":
      return value ?? 0;
    case "q":
      return value ?? "0";
    case "t":
    case "m":
    case "x":
    case "y":
      return value ?? null;
  }
  if (type.startsWith("m.")) return convertMeta(value);
  return convertStruct((value ?? {}) as Loose, type);
}

function convertMap(value: unknown, type: string): unknown {
  if (typeof value !== "object" || value === null) return null;
  const map: Loose = {};
  for (const key of Object.keys(value).sort()) map[key] = convert((value as Loose)[key], type);
  return map;
}

const META_ORDER = ["name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "labels", "annotations", "ownerReferences", "finalizers", "matchLabels", "matchExpressions"];

/** Structs of apimachinery print with their JSON names, in the order of their fields, maps sorted. */
function convertMeta(value: unknown): unknown {
  const result: Loose = {};
  const object = (value ?? {}) as Loose;
  for (const key of META_ORDER) {
    const field: unknown = object[key];
    if (field === undefined) continue;
    result[key] = key === "labels" || key === "annotations" || key === "matchLabels" ? convertMap(field, "s") : field;
  }
  return result;
}

function convertStruct(object: Loose, type: string): unknown {
  const source = type === "core.PodSpec" ? withHostFields(object) : object;
  const result: Loose = {};
  for (const field of fieldsOf(type)) {
    if (field.goName === "+") Object.assign(result, convert(source[field.jsonName], field.type));
    else result[field.goName] = convert(source[field.jsonName], field.type);
  }
  return result;
}

/** Inside upstream the host's namespaces belong to the security context. */
function withHostFields(spec: Loose): Loose {
  const context: Loose = { ...spec.securityContext };
  for (const field of ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"]) if (spec[field] !== undefined) context[field] = spec[field];
  return { ...spec, securityContext: spec.securityContext || Object.keys(context).length > 0 ? context : undefined };
}

/** Go's JSON escapes these three. */
const escapeHtml = (text: string): string => text.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);

/** apimachinery's `diff.Diff` of two values of one struct: a unified diff without file names. */
export function internalDiff(struct: string, old: unknown, next: unknown): string {
  const print = (value: unknown): string => `${escapeHtml(JSON.stringify(printInternal(struct, value), null, 1))}\n`;
  const patch = structuredPatch("", "", print(old), print(next), "", "", { context: DIFF_CONTEXT_LINES });
  const range = (start: number, count: number): string => (count === 1 ? `${start}` : `${count === 0 ? start - 1 : start},${count}`);
  return patch.hunks
    .map((hunk) => `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@\n${hunk.lines.filter((line) => !line.startsWith("\\")).join("\n")}\n`)
    .join("");
}
