/** Turns one OpenAPI v3 definition into its line of the generated table. */
import type { ZeroRule } from "./go-fields.ts";

export interface OpenApiSchema {
  type?: string;
  format?: string;
  $ref?: string;
  allOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
  properties?: Record<string, OpenApiSchema>;
  required?: string[];
  items?: OpenApiSchema;
  additionalProperties?: OpenApiSchema | boolean;
  enum?: string[];
  default?: unknown;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-patch-merge-key"?: string;
  "x-kubernetes-patch-strategy"?: string;
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
}

/** Read back by `src/objects/schema/parse-definition.ts`; keep both in step. */
const PREFIXES: readonly (readonly [string, string])[] = [
  ["io.k8s.apimachinery.pkg.apis.meta.", "meta."],
  ["io.k8s.apimachinery.pkg.", "machinery."],
  ["io.k8s.apiextensions-apiserver.pkg.apis.", "crd."],
  ["io.k8s.kube-aggregator.pkg.apis.", "aggregator."],
  ["io.k8s.api.", "api."],
];

export function shortName(name: string): string {
  for (const [long, short] of PREFIXES) if (name.startsWith(long)) return short + name.slice(long.length);
  return name;
}

const MARKS: Readonly<Record<ZeroRule, string>> = { drop: "?", null: "~", write: "+", pointer: "" };

/** `name` is the definition's; `zeroRules` says what Go does with a field's zero (`definition.field`). */
export function renderDefinition(name: string, schema: OpenApiSchema, zeroRules: ReadonlyMap<string, ZeroRule>): string {
  if (!schema.properties) return renderType(schema);
  const atomic = schema["x-kubernetes-map-type"] === "atomic" ? "atomic; " : "";
  const required = new Set(schema.required ?? []);
  const fields = Object.keys(schema.properties).sort().map((field) => {
    const rule = zeroRules.get(`${name}.${field}`);
    return renderField(field, schema.properties![field]!, `${required.has(field) ? "!" : ""}${rule ? MARKS[rule] : ""}`);
  });
  return `${atomic}${fields.join("; ")}`;
}

function renderField(name: string, schema: OpenApiSchema, marks: string): string {
  const parts = [`${name}${marks}:${renderType(schema)}`];
  const strategy = schema["x-kubernetes-patch-strategy"];
  if (strategy) parts.push(`patch=${strategy}`);
  if (schema["x-kubernetes-patch-merge-key"]) parts.push(`key=${schema["x-kubernetes-patch-merge-key"]}`);
  if (schema.enum) parts.push(`enum=${schema.enum.join("|")}`);
  // Zero defaults of non-pointer fields ("", 0, {}) are kept: the defaulted keys of associative lists depend on some of them.
  if (schema.default !== undefined) parts.push(`default=${JSON.stringify(schema.default)}`);
  const line = parts.join(" ");
  if (line.includes(";")) throw new Error(`the table's grammar cannot carry ${line}`);
  return line;
}

function renderType(schema: OpenApiSchema): string {
  const mapType = schema["x-kubernetes-map-type"];
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined);
  if (ref) return `${shortName(ref.replace("#/components/schemas/", ""))}${mapType ? `(${mapType})` : ""}`;
  if (schema.type === "array") {
    const list = schema["x-kubernetes-list-type"];
    const keys = schema["x-kubernetes-list-map-keys"];
    return `[${renderType(schema.items ?? {})}]${list ? `(${[list, ...(keys ?? [])].join(",")})` : ""}`;
  }
  if (schema.type === "object") {
    const values = schema.additionalProperties;
    return `{${typeof values === "object" ? renderType(values) : ""}}${mapType ? `(${mapType})` : ""}`;
  }
  if (schema.type === "string") return schema.format ? `string.${schema.format}` : "string";
  if (schema.type === "integer") return schema.format ?? "integer";
  if (schema.type === "number") return "number";
  if (schema.type === "boolean") return "boolean";
  if (schema.format === "int-or-string") return "int-or-string";
  if (schema.oneOf) return "quantity";
  return "any";
}
