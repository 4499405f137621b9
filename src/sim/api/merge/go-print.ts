/** Values as Go's `%v` prints them: what upstream puts into some of its messages. */
import type { JsonValue } from "../../../objects/kube-object.ts";

export function goPrint(value: JsonValue): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goPrint).join(" ")}]`;
  if (typeof value === "object") return `map[${Object.keys(value).sort().map((key) => `${key}:${goPrint(value[key]!)}`).join(" ")}]`;
  return String(value);
}

/** Go's name of the type that a JSON value decodes to. */
export function goTypeName(value: JsonValue): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  switch (typeof value) {
    case "object":
      return "map[string]interface {}";
    case "number":
      return Number.isInteger(value) ? "int64" : "float64";
    case "boolean":
      return "bool";
    default:
      return "string";
  }
}

/** What `encoding/json` calls a JSON value in its errors. */
export function jsonTypeName(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
