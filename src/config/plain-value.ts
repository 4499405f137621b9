/** What a `homelab.ts` gave, as plain data: functions, dates, loops and the like are problems, as YAML could not say them either. */
import type { Problem } from "./problem.ts";
import { DEPTH_MAX, VALUES_MAX } from "./parse-yaml.ts";

export interface PlainValue {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** A deep copy. Fields that are `undefined` are left out, as JSON does. */
export function plainValue(root: unknown): PlainValue {
  const problems: Problem[] = [];
  const open = new Set<object>();
  let valueCount = 0;
  const problem = (path: readonly (string | number)[], what: string) => {
    problems.push({ id: "not-plain", severity: "error", path, value: what, message: `${what} is no plain value`, fix: "Write text, numbers, true, false, lists and maps only." });
  };
  const copy = (value: unknown, path: readonly (string | number)[]): unknown => {
    if (++valueCount > VALUES_MAX || path.length > DEPTH_MAX) {
      if (problems.every((one) => one.id !== "too-many-values")) problems.push({ id: "too-many-values", severity: "error", path, message: `more than ${VALUES_MAX} values, or deeper than ${DEPTH_MAX} levels`, fix: "Make the homelab smaller." });
      return undefined;
    }
    if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number") {
      if (!Number.isFinite(value)) problem(path, String(value));
      return value;
    }
    if (typeof value !== "object") {
      problem(path, `a ${typeof value}`);
      return undefined;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (!Array.isArray(value) && prototype !== null && Object.getPrototypeOf(prototype as object) !== null) {
      problem(path, `a ${(value.constructor as { name?: string } | undefined)?.name ?? "object with a class"}`);
      return undefined;
    }
    if (open.has(value)) {
      problem(path, "a value that contains itself");
      return undefined;
    }
    open.add(value);
    const result = Array.isArray(value)
      ? value.map((one: unknown, index) => copy(one, [...path, index]))
      : Object.fromEntries(
          Object.entries(value)
            .filter(([, one]) => one !== undefined)
            .map(([key, one]): [string, unknown] => [key, copy(one, [...path, key])]),
        );
    open.delete(value);
    return result;
  };
  return { value: copy(root, []), problems };
}
