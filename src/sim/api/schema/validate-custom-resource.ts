/** Checks a custom resource against its schema, with the messages of the validator that the API server uses (kube-openapi's `validate`). */
import type { JsonValue } from "../../../objects/kube-object.ts";
import { goPrint } from "../merge/go-print.ts";
import { deepEqual } from "../merge/typed-value.ts";
import type { FieldError } from "../status.ts";
import { duplicate, invalid, notSupported, required, tooLong, tooMany } from "../validation/field.ts";
import { formatCheck } from "./string-formats.ts";

export interface ValidationSchema {
  type?: string;
  format?: string;
  nullable?: boolean;
  properties?: Record<string, ValidationSchema>;
  additionalProperties?: ValidationSchema | boolean;
  items?: ValidationSchema;
  required?: string[];
  enum?: JsonValue[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: ValidationSchema[];
  anyOf?: ValidationSchema[];
  oneOf?: ValidationSchema[];
  not?: ValidationSchema;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
}

/** Errors, and how much matched: of several alternatives the one that matched most tells why none did. */
interface Result {
  errors: FieldError[];
  matches: number;
}

/**
 * All errors, in the order of the schema. On an update, what `old` already had and nobody changed is not held against the object (upstream's ratcheting):
 * a stricter schema does not lock objects that were made before it.
 */
export function validateCustomResource(openAPIV3Schema: object, object: object, old?: object): FieldError[] {
  const schema = openAPIV3Schema as ValidationSchema;
  const { errors } = validate(schema, object as JsonValue, "", old as JsonValue | undefined);
  checkListTypes(schema, object as JsonValue, "", errors, old as JsonValue | undefined);
  return errors;
}

const typesOf = (schema: ValidationSchema): string[] => (schema["x-kubernetes-int-or-string"] ? ["integer", "string"] : schema.type ? [schema.type] : []);

function jsonType(value: JsonValue): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** The root's own fields are named without a dot before them. */
const shown = (path: string): string => path.replace(/^\./, "");

function validate(schema: ValidationSchema, value: JsonValue, path: string, old: JsonValue | undefined): Result {
  const result: Result = { errors: [], matches: 1 };
  if (old !== undefined && deepEqual(value, old)) return result;
  const merge = (other: Result): void => {
    result.errors.push(...other.errors);
    result.matches += other.matches;
  };
  merge(checkType(schema, value, path));
  if (value === null) {
    merge(checkEnum(schema, value, path));
    return result;
  }
  merge(checkAlternatives(schema, value, path, old));
  if (typeof value === "string") merge(checkString(schema, value, path));
  if (typeof value === "number") merge(checkNumber(schema, value, path));
  if (Array.isArray(value)) merge(checkItems(schema, value, path, old));
  merge(checkEnum(schema, value, path));
  if (typeof value === "object" && !Array.isArray(value)) merge(checkProperties(schema, value, path, old));
  return result;
}

function typeInvalid(errors: FieldError[], path: string, value: JsonValue, detail: string): void {
  invalid(errors, shown(path), value, detail);
  errors.at(-1)!.type = "FieldValueTypeInvalid";
}

function checkType(schema: ValidationSchema, value: JsonValue, path: string): Result {
  const result: Result = { errors: [], matches: 1 };
  const types = typesOf(schema);
  if (types.length === 0) return result;
  const wrong = (expected: string, actual: string): Result => {
    typeInvalid(result.errors, path, actual, `${path} in body must be of type ${expected}: ${JSON.stringify(actual)}`);
    return result;
  };
  if (value === null) return schema.nullable ? result : wrong(types.join(","), "null");
  const actual = jsonType(value);
  const fits = types.includes(actual) || (actual === "integer" && types.includes("number"));
  if (fits) return result;
  const isNumeric = types.includes("number") || types.includes("integer");
  const format = numericFormat(schema) ?? (types.includes("string") && schema.format ? schema.format : undefined);
  if (format !== undefined && actual !== "string" && actual !== "array") return wrong(format, actual === "number" ? "float64" : actual === "integer" ? "int64" : "");
  // With a string format, strings and lists are left to the format's own check.
  if (!isNumeric && format !== undefined && (actual === "string" || actual === "array")) return result;
  return wrong(types.join(","), actual);
}

function numericFormat(schema: ValidationSchema): string | undefined {
  const { type, format } = schema;
  if (type === "integer" && (format === "int32" || format === "int64")) return format;
  return type === "number" && (format === "float" || format === "double") ? format : undefined;
}

/** `anyOf`, `oneOf`, `allOf`, `not`: what fails has no path of its own upstream, and is printed `<nil>`. */
function checkAlternatives(schema: ValidationSchema, value: JsonValue, path: string, old: JsonValue | undefined): Result {
  const result: Result = { errors: [], matches: 1 };
  const fail = (message: string): void => invalid(result.errors, "<nil>", "", `${JSON.stringify(path)} ${message}`);
  const run = (schemas: readonly ValidationSchema[]): Result[] => schemas.map((each) => validate(each, value, path, old));
  const isValid = (each: Result): boolean => each.errors.length === 0;
  const best = (results: readonly Result[]): Result | undefined => results.reduce<Result | undefined>((most, each) => (most === undefined || each.matches > most.matches ? each : most), undefined);
  if (schema.anyOf?.length) {
    const results = run(schema.anyOf);
    if (!results.some(isValid)) {
      fail("must validate at least one schema (anyOf)");
      result.errors.push(...best(results)!.errors);
    }
  }
  if (schema.oneOf?.length) {
    const results = run(schema.oneOf);
    const count = results.filter(isValid).length;
    if (count !== 1) {
      fail(`must validate one and only one schema (oneOf). ${count === 0 ? "Found none valid" : `Found ${count} valid alternatives`}`);
      if (count === 0) result.errors.push(...best(results)!.errors);
    }
  }
  if (schema.allOf?.length) {
    const results = run(schema.allOf);
    for (const each of results) result.errors.push(...each.errors);
    const count = results.filter(isValid).length;
    if (count !== results.length) fail(`must validate all the schemas (allOf)${count === 0 ? ". None validated" : ""}`);
  }
  if (schema.not && isValid(validate(schema.not, value, path, old))) fail("must not validate the schema (not)");
  return result;
}

function checkString(schema: ValidationSchema, value: string, path: string): Result {
  const errors: FieldError[] = [];
  const length = [...value].length;
  const field = shown(path);
  if (schema.maxLength !== undefined && length > schema.maxLength) tooLong(errors, field, schema.maxLength);
  else if (schema.minLength !== undefined && length < schema.minLength) invalid(errors, field, value, `${path} in body should be at least ${schema.minLength} chars long`);
  else if (schema.pattern && !patternOf(schema.pattern).test(value)) invalid(errors, field, value, `${path} in body should match '${schema.pattern}'`);
  const check = schema.format && (schema.type === "string" || schema.type === undefined) ? formatCheck(schema.format) : undefined;
  if (check && !check(value)) typeInvalid(errors, path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`);
  return { errors, matches: 1 };
}

const patterns = new Map<string, RegExp>();

/** Go's patterns as JavaScript's: what differs and is used is the inline flag and `\z`. */
export function patternOf(source: string): RegExp {
  let pattern = patterns.get(source);
  if (pattern === undefined) {
    const flags = /^\(\?([ims]+)\)/.exec(source);
    const body = (flags ? source.slice(flags[0].length) : source).replaceAll("\\z", "$").replaceAll("\\A", "^");
    try {
      pattern = new RegExp(body, flags ? [...new Set(`u${flags[1]}`)].join("") : "u");
    } catch {
      // Stricter than Go about needless escapes: once more without Unicode's rules.
      pattern = new RegExp(body, flags?.[1] ?? "");
    }
    patterns.set(source, pattern);
  }
  return pattern;
}

function checkNumber(schema: ValidationSchema, value: number, path: string): Result {
  const errors: FieldError[] = [];
  const field = shown(path);
  if (schema.type === "integer") {
    const isInt32 = schema.format === "int32";
    const isIn = Number.isInteger(value) && (!isInt32 || Math.abs(value + 0.5) <= 2 ** 31);
    const what = isInt32 || schema.format === "int64" ? `with format ${schema.format}` : "(default format)";
    if (!isIn) invalid(errors, "<nil>", "", `Checked value must be of type integer ${what} in ${path}`);
  }
  const { multipleOf, minimum, maximum } = schema;
  if (multipleOf !== undefined) checkMultiple(value, multipleOf, path, errors);
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    invalid(errors, field, value, `${path} in body should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  }
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    invalid(errors, field, value, `${path} in body should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  }
  return { errors, matches: 2 };
}

/** Whole values are divided by whole factors: upstream cuts the fraction off, and then finds a factor of zero wrong. */
function checkMultiple(value: number, factor: number, path: string, errors: FieldError[]): void {
  const used = Number.isInteger(value) ? Math.trunc(factor) : factor;
  const field = shown(path);
  if (used <= 0) invalid(errors, field, used, `factor MultipleOf declared for ${path} must be positive: ${used}`);
  else if (!Number.isInteger(Math.round((value / used) * 1e9) / 1e9)) invalid(errors, field, value, `${path} in body should be a multiple of ${used}`);
}

function checkItems(schema: ValidationSchema, list: readonly JsonValue[], path: string, old: JsonValue | undefined): Result {
  const result: Result = { errors: [], matches: 2 };
  if (schema.items) {
    for (const [index, item] of list.entries()) {
      const each = validate(schema.items, item, `${path}[${index}]`, sameItem(schema, item, old));
      result.errors.push(...each.errors);
      result.matches += each.matches;
    }
  }
  const field = shown(path);
  if (schema.minItems !== undefined && list.length < schema.minItems) invalid(result.errors, field, list.length, `${path} in body should have at least ${schema.minItems} items`);
  if (schema.maxItems !== undefined && list.length > schema.maxItems) tooMany(result.errors, field, list.length, schema.maxItems);
  if (schema.uniqueItems && list.some((item, index) => list.slice(0, index).some((other) => deepEqual(item, other)))) {
    invalid(result.errors, field, "", `${path} in body shouldn't contain duplicates`);
  }
  return result;
}

function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The item of the old list with the same keys; items of other lists cannot be told apart. */
function sameItem(schema: ValidationSchema, item: JsonValue, old: JsonValue | undefined): JsonValue | undefined {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map" || !keys || !Array.isArray(old)) return undefined;
  return old.find((other) => keys.every((key) => deepEqual(member(other, key), member(item, key))));
}

function checkEnum(schema: ValidationSchema, value: JsonValue, path: string): Result {
  const errors: FieldError[] = [];
  if (schema.enum?.length && !schema.enum.some((each) => deepEqual(each, value))) {
    notSupported(errors, shown(path), value, schema.enum.map((each) => (typeof each === "string" ? each : JSON.stringify(each))));
  }
  return { errors, matches: 1 };
}

function checkProperties(schema: ValidationSchema, value: { [key: string]: JsonValue }, path: string, old: JsonValue | undefined): Result {
  const result: Result = { errors: [], matches: 1 };
  const merge = (each: Result): void => {
    result.errors.push(...each.errors);
    result.matches += each.matches;
  };
  const count = Object.keys(value).length;
  const { additionalProperties, minProperties, maxProperties } = schema;
  if (minProperties !== undefined && count < minProperties) invalid(result.errors, shown(path), count, `${path} in body should have at least ${minProperties} properties`);
  if (maxProperties !== undefined && count > maxProperties) tooMany(result.errors, shown(path), count, maxProperties);
  for (const key of Object.keys(value)) {
    if (schema.properties && Object.hasOwn(schema.properties, key)) continue;
    if (additionalProperties === false) invalid(result.errors, shown(path), key, `${path}.${key} in body is a forbidden property`);
    else if (typeof additionalProperties === "object") merge(validate(additionalProperties, value[key]!, `${path}.${key}`, member(old, key)));
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(value, key)) merge(validate(property, value[key]!, path === "" ? key : `${path}.${key}`, member(old, key)));
  }
  for (const key of schema.required ?? []) if (!Object.hasOwn(value, key)) required(result.errors, shown(`${path}.${key}`));
  return result;
}

/** Items of sets, and of lists by keys, must differ. */
function checkListTypes(schema: ValidationSchema | undefined, value: JsonValue, path: string, errors: FieldError[], old: JsonValue | undefined): void {
  if (schema === undefined || typeof value !== "object" || value === null || (old !== undefined && deepEqual(value, old))) return;
  if (Array.isArray(value)) {
    const keys = schema["x-kubernetes-list-map-keys"] ?? [];
    if (schema["x-kubernetes-list-type"] === "set") duplicates(value, (item) => item, path, errors);
    else if (schema["x-kubernetes-list-type"] === "map") {
      const bad = value.findIndex((item) => item !== null && (typeof item !== "object" || Array.isArray(item)));
      if (bad >= 0) invalid(errors, `${path}[${bad}]`, value[bad]!, "must be an object for an array of list-type map");
      else duplicates(value, (item) => Object.fromEntries(keys.flatMap((key) => (item !== null && Object.hasOwn(item as object, key) ? [[key, (item as { [name: string]: JsonValue })[key]!]] : []))), path, errors);
    }
    for (const [index, item] of value.entries()) checkListTypes(schema.items, item, `${path}[${index}]`, errors, sameItem(schema, item, old));
    return;
  }
  for (const key of Object.keys(value)) {
    const property = schema.properties?.[key];
    if (property) checkListTypes(property, value[key]!, path === "" ? key : `${path}.${key}`, errors, member(old, key));
    else if (typeof schema.additionalProperties === "object") checkListTypes(schema.additionalProperties, value[key]!, `${path}[${key}]`, errors, member(old, key));
  }
}

/** The second of each set of equals is named, once. */
function duplicates(list: readonly JsonValue[], keyOf: (item: JsonValue) => JsonValue, path: string, errors: FieldError[]): void {
  const seen = new Map<string, number>();
  for (const [index, item] of list.entries()) {
    const key = keyOf(item);
    const text = goPrint([typeof key, key] as JsonValue);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    if (times === 2) duplicate(errors, `${path}[${index}]`, key);
  }
}
