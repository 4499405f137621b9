/** What server-side apply refuses in a configuration: fields that no schema declares, scalars of the wrong type, list items without or with the same key. */
import type { JsonValue } from "../../../objects/kube-object.ts";
import type { ScalarKind, TypeSchema } from "../../../objects/schema/type-schema.ts";
import { pathText } from "./field-set.ts";
import { goPrint, goTypeName } from "./go-print.ts";
import { asList, asMap, fieldType, isItemError, itemElement, shapeOf } from "./typed-value.ts";

/** Upstream's words, one line each: `.spec.foo: field not declared in schema`. */
export function checkTyped(schema: TypeSchema, value: JsonValue): string[] {
  const errors: string[] = [];
  visit(schema, value, "", errors);
  return errors;
}

/** One error as it is, several under `errors:` (structured-merge-diff's `ValidationErrors`). */
export function typedErrorText(errors: readonly string[]): string {
  return errors.length === 1 ? errors[0]! : ["errors:", ...errors.map((error) => `  ${error}`)].join("\n");
}

function visit(type: TypeSchema, value: JsonValue, path: string, errors: string[]): void {
  if (value === null) return;
  const shape = shapeOf(type, value);
  if (shape === "scalar") {
    const problem = type.kind === "scalar" ? scalarProblem(type.scalar, value) : undefined;
    if (problem !== undefined) errors.push(`${path}: ${problem}`);
    return;
  }
  if (shape === "map") {
    const map = asMap(value);
    if (map === undefined) {
      errors.push(`${path}: expected map, got ${goValue(value)}`);
      return;
    }
    for (const key in map) {
      const child = fieldType(type, key);
      if (child === undefined) {
        errors.push(`${path}.${key}: field not declared in schema`);
        // Upstream stops at the first unknown field of a map.
        return;
      }
      visit(child, map[key]!, `${path}.${key}`, errors);
    }
    return;
  }
  const list = asList(value);
  if (list === undefined) {
    errors.push(`${path}: expected list, got ${goValue(value)}`);
    return;
  }
  if (type.kind !== "list") return;
  const seen = new Set<string>();
  for (const [at, item] of list.entries()) {
    let element = `[${at}]`;
    if (type.list !== "atomic") {
      const key = itemElement(type, item);
      if (isItemError(key)) {
        errors.push(`${path}: element ${at}: ${key.slice(1)}`);
        return;
      }
      element = pathText([key]);
      if (seen.has(key)) errors.push(`${path}: duplicate entries for key ${element}`);
      seen.add(key);
    }
    visit(type.items, item, `${path}${element}`, errors);
  }
}

function scalarProblem(scalar: ScalarKind, value: JsonValue): string | undefined {
  switch (scalar) {
    case "int32":
    case "int64":
    case "integer":
    case "number":
      return typeof value === "number" ? undefined : `expected numeric (int or float), got ${goTypeName(value)}`;
    case "string":
    case "byte":
      return typeof value === "string" ? undefined : `expected string, got &value.valueUnstructured{Value:${goValue(value)}}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got ${goValue(value)}`;
    default:
      return typeof value === "object" ? `expected any scalar, got ${goValue(value)}` : undefined;
  }
}

function goValue(value: JsonValue): string {
  return `&{${goPrint(value)}}`;
}
