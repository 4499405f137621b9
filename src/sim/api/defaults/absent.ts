/** Sets a field that the client left out. */
import type { Loose } from "./loose.ts";

export function ifAbsent(object: Loose, field: string, value: unknown): void {
  if (object[field] === undefined || object[field] === null || object[field] === "") object[field] = value;
}

/** The items of a list field, or nothing where the field is absent or of another type. */
export function items(value: unknown): Loose[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
}
