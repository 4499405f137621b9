/** Sets a field that the client left out. */
import type { Loose } from "./loose.ts";

export function ifAbsent(object: Loose, field: string, value: unknown): void {
  if (object[field] === undefined || object[field] === null || object[field] === "") object[field] = value;
}

const NOTHING: readonly Loose[] = [];

/** The items of a list field, or nothing where the field is absent or of another type. The list itself where it will do: it is asked for at every turn. */
export function items(value: unknown): readonly Loose[] {
  if (!Array.isArray(value)) return NOTHING;
  const list = value as readonly unknown[];
  for (const item of list) if (typeof item !== "object" || item === null) return list.filter((each) => typeof each === "object" && each !== null) as Loose[];
  return list as readonly Loose[];
}
