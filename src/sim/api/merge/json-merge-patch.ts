/** JSON merge patch (RFC 7386): objects are merged, null removes, everything else replaces. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { badRequest } from "../status.ts";
import { jsonTypeName } from "./go-print.ts";

/** The patched object; `original` is not changed and shares what the patch does not touch. Throws BadRequest when the patch is not an object. */
export function jsonMergePatch<T extends object>(original: T, patch: JsonValue): T {
  const changes = asPatchObject(patch);
  return merge(original as JsonObject, changes) as unknown as T;
}

/** The patch as an object, or upstream's complaint about what it is instead. */
export function asPatchObject(patch: JsonValue, prefix = "error decoding patch: "): JsonObject {
  if (typeof patch === "object" && patch !== null && !Array.isArray(patch)) return patch;
  throw badRequest(`${prefix}json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type map[string]interface {}`);
}

function merge(original: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const before = typeof original === "object" && original !== null && !Array.isArray(original) ? original : undefined;
  let out: JsonObject | undefined = before === undefined ? {} : undefined;
  for (const key of Object.keys(patch)) {
    const value = patch[key]!;
    if (value === null) {
      if (before !== undefined && Object.hasOwn(before, key)) delete (out ??= { ...before })[key];
      continue;
    }
    const was = before?.[key];
    const merged = merge(was, value);
    if (merged !== was) (out ??= { ...before })[key] = merged;
  }
  return out ?? before!;
}
