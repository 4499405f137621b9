/** The JSON that Go's `encoding/json` writes of the Go value that a JSON value decodes to: what is empty left out, what is never empty written. */
import { stableJson } from "../../lib/json.ts";
import type { GoShape } from "./go-layout.ts";

type Json = Record<string, unknown>;

/** The value as Go would write it, as a tree. */
export function goJsonTree(shape: GoShape, value: unknown): unknown {
  switch (shape.kind) {
    case "string":
      return value ?? "";
    case "bool":
      return value === true;
    case "int":
    case "intOrString":
      return value ?? 0;
    case "quantity":
      return String(value ?? "0");
    case "time":
      return value ?? null;
    case "pointer":
      return value === undefined || value === null ? null : goJsonTree(shape.of, value);
    case "slice":
      return Array.isArray(value) && value.length > 0 ? value.map((item) => goJsonTree(shape.of, item)) : null;
    case "map": {
      const entries = Object.entries((value ?? {}) as Json).filter(([, each]) => each !== undefined);
      return entries.length === 0 ? null : Object.fromEntries(entries.map(([key, each]) => [key, goJsonTree(shape.of, each)]));
    }
    case "struct": {
      const written: Json = {};
      writeFields(shape, (value ?? {}) as Json, written);
      return written;
    }
  }
}

function writeFields(shape: GoShape & { kind: "struct" }, object: Json, into: Json): void {
  for (const field of shape.fields) {
    if (field.written === "never") continue;
    if (field.written === "inline") {
      if (field.shape.kind === "struct") writeFields(field.shape, object, into);
      continue;
    }
    const value = goJsonTree(field.shape, object[field.key]);
    if (field.written === "always" || !isEmpty(value, field.shape)) into[field.key] = value;
  }
}

/** What `omitempty` leaves out: structs, and what writes itself (a quantity), stay. */
function isEmpty(value: unknown, shape: GoShape): boolean {
  if (shape.kind === "quantity" || shape.kind === "intOrString") return false;
  if (shape.kind === "pointer") return value === null;
  return value === null || value === "" || value === 0 || value === false;
}

/** Text with sorted keys, and what may end up in HTML escaped. */
export function goJsonText(tree: unknown): string {
  return stableJson(tree).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
