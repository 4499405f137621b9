/** Counts that may be percentages. */
import { type Errors, invalid, invalidEach, nonNegative } from "./field.ts";
import { percent } from "./names.ts";

export function validateCountOrPercent(errors: Errors, field: string, value: unknown): void {
  if (typeof value === "string") invalidEach(errors, field, value, percent(value));
  else nonNegative(errors, field, value);
}

export function atMostAll(errors: Errors, field: string, value: unknown): void {
  if (typeof value === "string" && percent(value).length === 0 && Number(value.slice(0, -1)) > 100) invalid(errors, field, value, "must not be greater than 100%");
}

/** The number in front of the percent sign, or the count; 0 where it is neither. */
export function countOf(value: unknown): number {
  if (typeof value === "number") return value;
  const number = Number.parseInt(String(value ?? 0), 10);
  return Number.isNaN(number) ? 0 : number;
}
