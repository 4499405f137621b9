/** A definition's schema as OpenAPI version 2 can say it (apiextensions-apiserver `pkg/controller/openapi/v2/conversion.go`): what it has no words for is left out. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";

const JUNCTORS = ["allOf", "oneOf", "anyOf", "not"];
const KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields";

export function toVersion2(schema: JsonObject): JsonObject {
  const out: JsonObject = { ...schema };
  for (const junctor of JUNCTORS) delete out[junctor];
  // A value that may be null has no type here; kubectl then copes with neither items nor properties.
  if (out["nullable"] === true) for (const field of ["type", "nullable", "items", "properties"]) delete out[field];
  if (out[KEEPS_UNKNOWN] === true) for (const field of ["items", "properties"]) delete out[field];
  if (out["type"] === "array" && out["items"] === undefined) delete out["type"];
  if (out["type"] === "object" && out[KEEPS_UNKNOWN] === true) delete out["type"];
  const { properties, items, additionalProperties } = out;
  if (isObject(properties)) {
    const entries = Object.entries(properties) as [string, JsonObject][];
    const nullable = new Set(entries.filter(([, value]) => value["nullable"] === true).map(([name]) => name));
    if (nullable.size > 0) requireOnly(out, ((out["required"] ?? []) as string[]).filter((name) => !nullable.has(name)));
    out["properties"] = Object.fromEntries(entries.map(([name, value]) => [name, toVersion2(value)]));
  }
  if (isObject(additionalProperties)) {
    if (additionalProperties["nullable"] === true) requireOnly(out, []);
    out["additionalProperties"] = toVersion2(additionalProperties);
  }
  if (isObject(items)) out["items"] = toVersion2(items);
  return out;
}

function requireOnly(schema: JsonObject, names: readonly string[]): void {
  if (names.length > 0) schema["required"] = [...names];
  else delete schema["required"];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
