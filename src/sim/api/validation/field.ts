/** Builders of field errors, worded as upstream's `apimachinery/pkg/util/validation/field`. Each adds one error to the list. */
import type { FieldError } from "../status.ts";

export type Errors = FieldError[];

/** How Go prints a value in an error: strings quoted, numbers and booleans bare, everything else as JSON; absent is `null`. */
export function printValue(value: unknown): string {
  if (value === undefined) return "null";
  return (JSON.stringify(value) ?? "null").replace(/\\u00([01][0-9a-f]|7f)/g, "\\x$1");
}

const withDetail = (text: string, detail: string): string => (detail === "" ? text : `${text}: ${detail}`);

export function required(errors: Errors, field: string, detail = ""): void {
  errors.push({ type: "FieldValueRequired", field, body: withDetail("Required value", detail) });
}

export function invalid(errors: Errors, field: string, value: unknown, detail: string): void {
  errors.push({ type: "FieldValueInvalid", field, body: withDetail(`Invalid value: ${printValue(value)}`, detail) });
}

export function notSupported(errors: Errors, field: string, value: unknown, supported: readonly string[]): void {
  const detail = supported.length > 0 ? `supported values: ${supported.map((item) => JSON.stringify(item)).join(", ")}` : "";
  errors.push({ type: "FieldValueNotSupported", field, body: withDetail(`Unsupported value: ${printValue(value)}`, detail) });
}

export function duplicate(errors: Errors, field: string, value: unknown): void {
  errors.push({ type: "FieldValueDuplicate", field, body: `Duplicate value: ${printValue(value)}` });
}

export function forbidden(errors: Errors, field: string, detail: string): void {
  errors.push({ type: "FieldValueForbidden", field, body: withDetail("Forbidden", detail) });
}

export function notFound(errors: Errors, field: string, value: unknown, detail = ""): void {
  errors.push({ type: "FieldValueNotFound", field, body: withDetail(`Not found: ${printValue(value)}`, detail) });
}

export function tooLong(errors: Errors, field: string, bytesMax: number, unit = "byte"): void {
  errors.push({ type: "FieldValueTooLong", field, body: `Too long: may not be more than ${bytesMax} ${unit}${bytesMax === 1 ? "" : "s"}` });
}

export function tooMany(errors: Errors, field: string, actual: number, max: number): void {
  errors.push({ type: "FieldValueTooMany", field, body: `Too many: ${actual}: must have at most ${max} ${max === 1 ? "item" : "items"}` });
}

export function internal(errors: Errors, field: string, detail: string): void {
  errors.push({ type: "InternalError", field, body: `Internal error: ${detail}` });
}

/** One `invalid` per message that a format check returned. */
export function invalidEach(errors: Errors, field: string, value: unknown, messages: readonly string[]): void {
  for (const message of messages) invalid(errors, field, value, message);
}

export function nonNegative(errors: Errors, field: string, value: unknown): void {
  if (typeof value === "number" && value < 0) invalid(errors, field, value, "must be greater than or equal to 0");
}

export function positive(errors: Errors, field: string, value: unknown): void {
  if (typeof value === "number" && value <= 0) invalid(errors, field, value, "must be greater than zero");
}

/** Required when empty, unsupported when not one of the list. */
export function oneOf(errors: Errors, field: string, value: unknown, supported: readonly string[]): void {
  if (value === undefined || value === "" || value === null) required(errors, field);
  else if (!supported.includes(value as string)) notSupported(errors, field, value, supported);
}
