/** `x-kubernetes-validations` of custom resource definitions (upstream `apiextensions-apiserver/pkg/apiserver/schema/cel`). */
import { Optional } from "@marcbachmann/cel-js";
import type { FieldError } from "../status.ts";
import { type Errors, duplicate, forbidden, invalid, required } from "../validation/field.ts";
import { evaluate, usesVariable } from "./expression.ts";
import { toCelBySchema } from "./values.ts";

type Schema = Record<string, unknown>;

interface Rule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

const withRules = new WeakMap<object, boolean>();

/** Whether a schema or anything inside it has rules; remembered, as a definition's schema does not change. */
function hasRules(schema: Schema): boolean {
  let known = withRules.get(schema);
  if (known === undefined) {
    known = rulesOf(schema).length > 0 || children(schema).some(hasRules);
    withRules.set(schema, known);
  }
  return known;
}

function rulesOf(schema: Schema): readonly Rule[] {
  const rules = schema["x-kubernetes-validations"];
  return Array.isArray(rules) ? (rules as Rule[]) : [];
}

function children(schema: Schema): Schema[] {
  const found: Schema[] = Object.values((schema["properties"] ?? {}) as Record<string, Schema>);
  for (const key of ["items", "additionalProperties"]) if (typeof schema[key] === "object" && schema[key] !== null) found.push(schema[key] as Schema);
  return found;
}

/** Every rule that the object breaks. Rules about a change (`oldSelf`) only run where there was a value before. */
export function evaluateRules(schema: object, object: unknown, old: unknown): FieldError[] {
  const errors: Errors = [];
  walk(errors, "", schema as Schema, object, old);
  return errors;
}

function walk(errors: Errors, path: string, schema: Schema, value: unknown, old: unknown): void {
  if (value === undefined || value === null || !hasRules(schema)) return;
  for (const rule of rulesOf(schema)) checkRule(errors, path, schema, rule, value, old);
  if (Array.isArray(value)) walkList(errors, path, schema, value, old);
  else if (typeof value === "object") walkObject(errors, path, schema, value as Record<string, unknown>, old);
}

function walkObject(errors: Errors, path: string, schema: Schema, value: Record<string, unknown>, old: unknown): void {
  const before = (typeof old === "object" && old !== null ? old : {}) as Record<string, unknown>;
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const additional = schema["additionalProperties"];
  for (const key of Object.keys(value).sort()) {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (own) walk(errors, path === "" ? key : `${path}.${key}`, own, value[key], before[key]);
    else if (typeof additional === "object" && additional !== null) walk(errors, `${path}[${key}]`, additional as Schema, value[key], before[key]);
  }
}

function walkList(errors: Errors, path: string, schema: Schema, list: readonly unknown[], old: unknown): void {
  const items = schema["items"];
  if (typeof items !== "object" || items === null) return;
  const keys = schema["x-kubernetes-list-type"] === "map" ? ((schema["x-kubernetes-list-map-keys"] ?? []) as string[]) : undefined;
  const before = Array.isArray(old) ? old : [];
  list.forEach((item, index) => {
    // Only lists with keys know which item was which.
    const previous = keys && before.find((other) => keys.every((key) => (other as Schema)?.[key] === (item as Schema)?.[key]));
    walk(errors, `${path}[${index}]`, items as Schema, item, previous);
  });
}

function checkRule(errors: Errors, path: string, schema: Schema, rule: Rule, value: unknown, old: unknown): void {
  const usesOld = usesVariable(rule.rule, "oldSelf");
  const hasOld = old !== undefined && old !== null;
  if (usesOld && !hasOld && rule.optionalOldSelf !== true) return;
  const variables: Record<string, unknown> = { self: toCelBySchema(value, schema) };
  if (rule.optionalOldSelf === true) variables.oldSelf = hasOld ? Optional.of(toCelBySchema(old, schema)) : Optional.none();
  else if (hasOld) variables.oldSelf = toCelBySchema(old, schema);
  const field = path === "" ? "<nil>" : path;
  const result = evaluate(rule.rule, variables);
  const type = (schema["type"] as string | undefined) ?? (schema["x-kubernetes-int-or-string"] === true ? "" : "object");
  const told = (rule.message ?? "").trim() || rule.rule.trim();
  if ("error" in result) {
    invalid(errors, field, type, result.error.startsWith("no such overload") ? `'${result.error}': call arguments did not match a supported operator, function or macro signature for rule: ${told}` : `${result.error} evaluating rule: ${told}`);
    return;
  }
  if (result.value === true) return;
  report(errors, path, rule, type, value, messageOf(rule, variables) ?? (rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`));
}

function messageOf(rule: Rule, variables: Record<string, unknown>): string | undefined {
  if (!rule.messageExpression) return undefined;
  const result = evaluate(rule.messageExpression, variables);
  const text = "value" in result && typeof result.value === "string" ? result.value.trim() : "";
  return text === "" || /[\r\n]/.test(text) ? undefined : text;
}

function report(errors: Errors, path: string, rule: Rule, type: string, value: unknown, detail: string): void {
  const below = rule.fieldPath ? rule.fieldPath.replace(/^\./, "") : "";
  const joined = below === "" ? path : path === "" ? below : `${path}.${below}`;
  const field = joined === "" ? "<nil>" : joined;
  // Objects and lists are too long to print.
  const isLong = type === "object" || type === "array";
  switch (rule.reason) {
    case "FieldValueForbidden":
      forbidden(errors, field, detail);
      return;
    case "FieldValueRequired":
      required(errors, field, detail);
      return;
    case "FieldValueDuplicate":
      if (isLong) errors.push({ type: "FieldValueDuplicate", field, body: "Duplicate value" });
      else duplicate(errors, field, value);
      return;
    default:
      if (isLong) errors.push({ type: "FieldValueInvalid", field, body: `Invalid value: ${detail}` });
      else invalid(errors, field, value, detail);
  }
}

