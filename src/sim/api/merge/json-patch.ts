/** JSON patch (RFC 6902) over immutable values, with the behaviour of the library that the API server uses (negative indices count from the end). */
import type { JsonValue } from "../../../objects/kube-object.ts";
import { ApiError, badRequest } from "../status.ts";
import { jsonTypeName } from "./go-print.ts";
import { patchRejected } from "./patch-errors.ts";
import { deepEqual } from "./typed-value.ts";

/** Upstream's bound on the operations of one patch (maxJSONPatchOperations). */
export const JSON_PATCH_OPERATIONS_MAX = 10_000;

interface Operation {
  op?: JsonValue;
  path?: JsonValue;
  from?: JsonValue;
  value?: JsonValue;
}

/** The patched object; `original` is not changed. Throws BadRequest for what is no patch, 422 for a patch that does not apply. */
export function jsonPatch<T extends object>(original: T, patch: JsonValue): T {
  if (!Array.isArray(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type []handlers.jsonPatchOp`);
  if (patch.length > JSON_PATCH_OPERATIONS_MAX) {
    throw new ApiError(413, "RequestEntityTooLarge", `The allowed maximum operations in a JSON patch is ${JSON_PATCH_OPERATIONS_MAX}, got ${patch.length}`);
  }
  let document = original as unknown as JsonValue;
  for (const operation of patch) {
    if (typeof operation !== "object" || operation === null || Array.isArray(operation)) {
      throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonTypeName(operation)} into Go value of type handlers.jsonPatchOp`);
    }
    document = perform(document, operation);
  }
  return document as unknown as T;
}

/** The fields that an operation may have; `[0].foo` names another one in a strict error. */
export function unknownOperationFields(patch: JsonValue): string[] {
  const known = new Set(["op", "path", "from", "value"]);
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation, index) => (typeof operation === "object" && operation !== null ? Object.keys(operation).filter((key) => !known.has(key)).map((key) => `[${index}].${key}`) : []));
}

function perform(document: JsonValue, operation: Operation): JsonValue {
  const path = pointer(operation.path);
  switch (operation.op) {
    case "add":
      return add(document, path, operation.value ?? null);
    case "remove":
      return remove(document, path);
    case "replace": {
      if (path.length === 0) {
        if (typeof operation.value !== "object" || operation.value === null) throw patchRejected();
        return operation.value;
      }
      const value = operation.value ?? null;
      // In a map the library replaces what was not there; in a list the element must exist.
      return change(document, path, (parent, key) => (Array.isArray(parent) ? parent.with(existingIndex(parent, key), value) : { ...parent, [key]: value }));
    }
    case "move": {
      const from = pointer(operation.from);
      const value = find(document, from);
      return add(remove(document, from), path, value);
    }
    case "copy":
      return add(document, path, find(document, pointer(operation.from)));
    case "test": {
      const found = path.length === 0 ? document : find(document, path, null);
      if (!deepEqual(found, operation.value ?? null)) throw patchRejected();
      return document;
    }
    default:
      throw patchRejected();
  }
}

function pointer(text: JsonValue | undefined): string[] {
  if (typeof text !== "string") throw patchRejected();
  if (text === "") return [];
  // The library looks only at what follows the first slash.
  const parts = text.split("/").slice(1);
  if (parts.length === 0) throw patchRejected();
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function find(document: JsonValue, path: readonly string[], missing?: JsonValue): JsonValue {
  let here: JsonValue | undefined = document;
  for (const [at, key] of path.entries()) {
    if (Array.isArray(here)) here = here[existingIndex(here, key)];
    else if (typeof here === "object" && here !== null) here = Object.hasOwn(here, key) ? here[key] : at === path.length - 1 ? missing : undefined;
    else throw patchRejected();
    if (here === undefined) throw patchRejected();
  }
  return here;
}

type Container = JsonValue[] | { [key: string]: JsonValue };

/** Rebuilds the document along the path; `edit` returns the changed parent of the last key. */
function change(document: JsonValue, path: readonly string[], edit: (parent: Container, key: string) => Container): JsonValue {
  if (path.length === 0 || typeof document !== "object" || document === null) throw patchRejected();
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) return edit(document, key);
  if (Array.isArray(document)) {
    const index = existingIndex(document, key);
    return document.with(index, change(document[index]!, rest, edit));
  }
  if (!Object.hasOwn(document, key)) throw patchRejected();
  return { ...document, [key]: change(document[key]!, rest, edit) };
}

function add(document: JsonValue, path: readonly string[], value: JsonValue): JsonValue {
  return change(document, path, (parent, key) => {
    if (!Array.isArray(parent)) return { ...parent, [key]: value };
    return parent.toSpliced(key === "-" ? parent.length : wholeIndex(key, parent.length + 1), 0, value);
  });
}

function remove(document: JsonValue, path: readonly string[]): JsonValue {
  return change(document, path, (parent, key) => {
    if (Array.isArray(parent)) return parent.toSpliced(existingIndex(parent, key), 1);
    if (!Object.hasOwn(parent, key)) throw patchRejected();
    const { [key]: _, ...rest } = parent;
    return rest;
  });
}

const existingIndex = (list: readonly JsonValue[], key: string): number => wholeIndex(key, list.length);

function wholeIndex(key: string, bound: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw patchRejected();
  const index = Number(key);
  const at = index < 0 ? index + bound : index;
  if (at < 0 || at >= bound) throw patchRejected();
  return at;
}
