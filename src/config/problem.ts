/** What is wrong with a value, before it is known where in the text the value stands. */
import type { Finding, Path } from "./finding.ts";

/** A finding before its file and position are known. `at` says whether it is about the key or the value. */
export type Problem = Omit<Finding, "file" | "line" | "column"> & { readonly at?: "key" | "value" };

/** The value at a path; undefined where there is none. Only the value's own fields are looked at. */
export function valueAt(root: unknown, path: Path): unknown {
  let current = root;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}
