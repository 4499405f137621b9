/**
 * Rules between the fields of one map. They are kept beside the schema and run by `validate` on what was written, not by zod: zod
 * would skip them as soon as one field is wrong, and show them only the fields that are right. All findings must come at once.
 */
import type { z } from "zod";

/** Says that something is wrong at a path below the map. */
export type Report = (path: (string | number)[], message: string, fix: string) => void;

/**
 * Looks at a map as it was written: fields may be missing or of the wrong type, and the rule keeps quiet about those, as they
 * have a finding of their own.
 */
export type Rule = (value: Record<string, unknown>, report: Report) => void;

/** By zod's definition object: `.meta()` and `.describe()` copy the schema, and keep that. */
const rules = new WeakMap<object, Rule>();

/** Adds a rule to a map. */
export function structure<T extends z.ZodObject>(schema: T, rule: Rule): T {
  rules.set(schema._zod.def, rule);
  return schema;
}

/** The rule of a map, if it has one. */
export function ruleOf(schema: z.core.$ZodType): Rule | undefined {
  return rules.get(schema._zod.def);
}

/** Whether a value is a map of the file: neither a list nor nothing. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
