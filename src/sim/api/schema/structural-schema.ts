/** Whether the schema of a CustomResourceDefinition is structural: every field has a type, and what alternatives speak of is declared outside of them. */
import { deepEqual } from "../merge/typed-value.ts";
import type { JsonValue } from "../../../objects/kube-object.ts";
import type { FieldError } from "../status.ts";
import { compileProblem } from "../cel/expression.ts";
import { validateCustomResource } from "./validate-custom-resource.ts";
import { forbidden, invalid, notSupported, required } from "../validation/field.ts";

interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: JsonValue;
  nullable?: boolean;
  pattern?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-validations"?: object[];
}

type Level = "root" | "item" | "field";

const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];

/** Upstream's errors, sorted by their text. `path` is that of the schema: `spec.versions[0].schema.openAPIV3Schema`. */
export function structuralSchemaErrors(openAPIV3Schema: object, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const schema = openAPIV3Schema as Schema;
  checkTypes(schema, path, errors);
  // A type that is none says nothing about structure.
  if (errors.length > 0) return errors;
  checkInvariants(schema, "root", path, errors);
  checkCompleteness(schema, schema, path, path, errors);
  checkDefaults(schema, path, errors);
  checkRules(schema, path, errors);
  const text = (error: FieldError): string => `${error.field}: ${error.body}`;
  return errors.sort((left, right) => (text(left) < text(right) ? -1 : text(left) > text(right) ? 1 : 0));
}

/** Rules must at least be expressions. */
function checkRules(schema: Schema, path: string, errors: FieldError[]): void {
  for (const [index, rule] of ((schema["x-kubernetes-validations"] ?? []) as { rule?: string }[]).entries()) {
    const problem = compileProblem(rule.rule ?? "");
    if (problem !== undefined) invalid(errors, `${path}.x-kubernetes-validations[${index}].rule`, rule.rule ?? "", problem);
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) checkRules(property, propertyPath(path, key), errors);
  if (typeof schema.additionalProperties === "object" && schema.additionalProperties !== null) checkRules(schema.additionalProperties, `${path}.additionalProperties`, errors);
  if (schema.items !== undefined) checkRules(schema.items, `${path}.items`, errors);
}

/** A default must fit the field it is for. */
function checkDefaults(schema: Schema, path: string, errors: FieldError[]): void {
  if (schema.default !== undefined) {
    for (const { type, body } of validateCustomResource(schema, schema.default as object)) errors.push({ type, field: `${path}.default`, body });
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) checkDefaults(property, propertyPath(path, key), errors);
  if (typeof schema.additionalProperties === "object" && schema.additionalProperties !== null) checkDefaults(schema.additionalProperties, `${path}.additionalProperties`, errors);
  if (schema.items !== undefined) checkDefaults(schema.items, `${path}.items`, errors);
}

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

function checkTypes(schema: Schema, path: string, errors: FieldError[]): void {
  if (schema.type !== undefined && schema.type !== "" && !TYPES.includes(schema.type)) notSupported(errors, `${path}.type`, schema.type, TYPES);
  for (const [key, property] of Object.entries(schema.properties ?? {})) checkTypes(property, propertyPath(path, key), errors);
  if (typeof schema.additionalProperties === "object" && schema.additionalProperties !== null) checkTypes(schema.additionalProperties, `${path}.additionalProperties`, errors);
  if (schema.items !== undefined) checkTypes(schema.items, `${path}.items`, errors);
}

/**
 * The same for all versions of a definition. Where they have one schema (one version, mostly) upstream names it `spec.validation.openAPIV3Schema`, although
 * nobody wrote it there.
 */
export function structuralErrorsOfVersions(versions: readonly { schema?: { openAPIV3Schema?: object } }[]): FieldError[] {
  const schemas = versions.map((version) => version.schema?.openAPIV3Schema);
  const [first] = schemas;
  if (first !== undefined && schemas.every((schema) => deepEqual(schema as JsonValue, first as JsonValue))) return structuralSchemaErrors(first, "spec.validation.openAPIV3Schema");
  return schemas.flatMap((schema, index) => (schema === undefined ? [] : structuralSchemaErrors(schema, `spec.versions[${index}].schema.openAPIV3Schema`)));
}

const propertyPath = (path: string, key: string): string => `${path}.properties[${key}]`;

const MISSING_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function checkInvariants(schema: Schema | undefined, level: Level, path: string, errors: FieldError[]): void {
  if (schema === undefined) return;
  if (schema.type === "array" && schema.items === undefined) required(errors, `${path}.items`, "must be specified");
  checkInvariants(schema.items, "item", `${path}.items`, errors);
  for (const [key, property] of Object.entries(schema.properties ?? {})) checkInvariants(property, "field", propertyPath(path, key), errors);
  if (schema.additionalProperties !== undefined) {
    if (level === "root") forbidden(errors, `${path}.additionalProperties`, "must not be used at the root");
    if (typeof schema.additionalProperties === "object") checkInvariants(schema.additionalProperties, "field", `${path}.additionalProperties`, errors);
  }
  const isIntOrString = schema["x-kubernetes-int-or-string"] === true;
  const keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  if (isIntOrString && keepsUnknown) invalid(errors, `${path}.x-kubernetes-preserve-unknown-fields`, true, "must be false if x-kubernetes-int-or-string is true");
  if (isIntOrString && isEmbedded) invalid(errors, `${path}.x-kubernetes-embedded-resource`, true, "must be false if x-kubernetes-int-or-string is true");
  checkValueValidation(schema, { skipAnyOf: isIntOrStringPattern(schema.anyOf), skipFirstAllOf: isIntOrStringPattern(schema.allOf?.[0]?.anyOf) }, path, errors);
  if (isEmbedded && schema.type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    if (schema.type) invalid(errors, `${path}.type`, schema.type, detail);
    else required(errors, `${path}.type`, detail);
  } else if (!schema.type && !isIntOrString && !keepsUnknown) required(errors, `${path}.type`, MISSING_TYPE[level]);
  if (isEmbedded && schema.additionalProperties !== undefined) forbidden(errors, `${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set");
  if (level === "root" && schema.type && schema.type !== "object") invalid(errors, `${path}.type`, schema.type, "must be object at the root");
  checkCommonFields(schema, level, path, errors);
  if (isEmbedded && !keepsUnknown && Object.keys(schema.properties ?? {}).length === 0) {
    required(errors, `${path}.properties`, "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields");
  }
}

function isIntOrStringPattern(anyOf: Schema[] | undefined): boolean {
  return anyOf?.length === 2 && deepEqual(anyOf as JsonValue, INT_OR_STRING);
}

/** `apiVersion`, `kind` and `metadata` are the server's: a schema may only restrict names. */
function checkCommonFields(schema: Schema, level: Level, path: string, errors: FieldError[]): void {
  const { properties } = schema;
  if (properties === undefined) return;
  const isObject = level === "root" || schema["x-kubernetes-embedded-resource"] === true;
  for (const key of ["kind", "apiVersion"]) {
    const property = properties[key];
    if (isObject && property !== undefined && property.type !== "string") invalid(errors, `${propertyPath(path, key)}.type`, property.type ?? "", "must be string");
  }
  const { metadata } = properties;
  if (metadata === undefined) return;
  if (isObject && metadata.type !== "object") invalid(errors, `${propertyPath(path, "metadata")}.type`, metadata.type ?? "", "must be object");
  if (level !== "root") return;
  const { properties: named = {}, type: _, default: __, description: ___, ...rest } = metadata;
  const onlyNames = Object.keys(named).every((key) => key === "name" || key === "generateName");
  if (!onlyNames || Object.keys(rest).length > 0) {
    forbidden(errors, propertyPath(path, "metadata"), "must not specify anything other than name and generateName, but metadata is implicitly specified");
  }
}

interface Skips {
  skipAnyOf: boolean;
  skipFirstAllOf: boolean;
}

const NO_SKIPS: Skips = { skipAnyOf: false, skipFirstAllOf: false };

function checkValueValidation(schema: Schema, { skipAnyOf, skipFirstAllOf }: Skips, path: string, errors: FieldError[]): void {
  if (!skipAnyOf) for (const [index, each] of (schema.anyOf ?? []).entries()) checkNested(each, NO_SKIPS, `${path}.anyOf[${index}]`, errors);
  for (const [index, each] of (schema.allOf ?? []).entries()) checkNested(each, { skipAnyOf: skipFirstAllOf && index === 0, skipFirstAllOf: false }, `${path}.allOf[${index}]`, errors);
  for (const [index, each] of (schema.oneOf ?? []).entries()) checkNested(each, NO_SKIPS, `${path}.oneOf[${index}]`, errors);
  if (schema.not) checkNested(schema.not, NO_SKIPS, `${path}.not`, errors);
}

/** Inside an alternative only values may be restricted: no shapes, no prose, no defaults. */
function checkNested(schema: Schema, skips: Skips, path: string, errors: FieldError[]): void {
  checkValueValidation(schema, skips, path, errors);
  if (schema.items) checkNested(schema.items, NO_SKIPS, `${path}.items`, errors);
  for (const [key, property] of Object.entries(schema.properties ?? {})) checkNested(property, NO_SKIPS, propertyPath(path, key), errors);
  const refuse = (isSet: boolean, field: string, detail: string): void => {
    if (isSet) forbidden(errors, `${path}.${field}`, detail);
  };
  refuse(Boolean(schema.type), "type", "must be empty to be structural");
  refuse(schema.additionalProperties !== undefined, "additionalProperties", "must be undefined to be structural");
  refuse(schema.default !== undefined, "default", "must be undefined to be structural");
  refuse(Boolean(schema.title), "title", "must be empty to be structural");
  refuse(Boolean(schema.description), "description", "must be empty to be structural");
  refuse(schema.nullable === true, "nullable", "must be false to be structural");
  for (const field of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"] as const) {
    refuse(schema[field] === true, field, "must be false to be structural");
  }
  refuse(Boolean(schema["x-kubernetes-list-map-keys"]?.length), "x-kubernetes-list-map-keys", "must be empty to be structural");
  refuse(schema["x-kubernetes-list-type"] !== undefined, "x-kubernetes-list-type", "must be undefined to be structural");
  refuse(schema["x-kubernetes-map-type"] !== undefined, "x-kubernetes-map-type", "must be undefined to be structural");
  refuse(Boolean(schema["x-kubernetes-validations"]?.length), "x-kubernetes-validations", "must be empty to be structural");
  if (schema.properties && Object.hasOwn(schema.properties, "metadata")) forbidden(errors, propertyPath(path, "metadata"), "must not be specified in a nested context");
}

/** What an alternative speaks of must be declared in the schema's own shape. */
function checkCompleteness(alternatives: Schema, shape: Schema, shapePath: string, path: string, errors: FieldError[]): void {
  for (const word of ["allOf", "anyOf", "oneOf"] as const) {
    for (const [index, each] of (alternatives[word] ?? []).entries()) checkNestedCompleteness(each, shape, shapePath, `${path}.${word}[${index}]`, errors);
  }
  if (alternatives.not) checkNestedCompleteness(alternatives.not, shape, shapePath, `${path}.not`, errors);
}

function checkNestedCompleteness(nested: Schema, shape: Schema | undefined, shapePath: string, path: string, errors: FieldError[]): void {
  if (shape === undefined) {
    required(errors, shapePath, `because it is defined in ${path}`);
    return;
  }
  checkCompleteness(nested, shape, shapePath, path, errors);
  if (nested.items) checkNestedCompleteness(nested.items, shape.items, `${shapePath}.items`, `${path}.items`, errors);
  for (const [key, property] of Object.entries(nested.properties ?? {})) {
    checkNestedCompleteness(property, shape.properties?.[key], propertyPath(shapePath, key), propertyPath(path, key), errors);
  }
}
