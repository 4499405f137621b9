/** Definitions of the schema table as OpenAPI writes them, for version 3 (`#/components/schemas/…`) and version 2 (`#/definitions/…`). */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { hasFields, longName, splitField } from "../../../objects/schema/parse-definition.ts";
import { definitions, kinds } from "../../../objects/schema/table.generated.ts";
import type { Descriptions } from "./descriptions.ts";
import { TYPE_META } from "./type-meta.ts";

export type OpenApiVersion = "v2" | "v3";

const REF_PREFIX: Readonly<Record<OpenApiVersion, string>> = { v2: "#/definitions/", v3: "#/components/schemas/" };

/** Names of definitions inside a line of the table. */
const REFERENCE = /\b(?:api|meta|machinery|crd|aggregator)\.[A-Za-z0-9_.-]*[A-Za-z0-9]/g;

const SCALARS: Readonly<Record<string, JsonObject>> = {
  string: { type: "string" },
  "string.byte": { type: "string", format: "byte" },
  "string.date-time": { type: "string", format: "date-time" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  integer: { type: "integer" },
  number: { type: "number", format: "double" },
  boolean: { type: "boolean" },
};

const EITHER: Readonly<Record<OpenApiVersion, Readonly<Record<string, JsonObject>>>> = {
  v2: { quantity: { type: "string" }, "int-or-string": { type: "string", format: "int-or-string" } },
  v3: {
    quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
    "int-or-string": { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
};

let kindsByDefinition: Map<string, JsonObject[]> | undefined;

/** The kinds that a definition is: one, or for options one in each group. */
function kindsOf(name: string): JsonObject[] | undefined {
  if (kindsByDefinition === undefined) {
    kindsByDefinition = new Map();
    for (const [gvk, definition] of Object.entries(kinds)) {
      const [group, version, kind] = gvk.split("/") as [string, string, string];
      const list = kindsByDefinition.get(definition);
      if (list) list.push({ group, kind, version });
      else kindsByDefinition.set(definition, [{ group, kind, version }]);
    }
  }
  return kindsByDefinition.get(name);
}

export function definitionOfKind(group: string, version: string, kind: string): string | undefined {
  return kinds[`${group}/${version}/${kind}`];
}

export function reference(shortName: string, version: OpenApiVersion): JsonObject {
  return { $ref: REF_PREFIX[version] + longName(shortName) };
}

/** The definitions that these need, themselves included, by their short names. */
export function closure(roots: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const line = definitions[name];
    if (found.has(name) || line === undefined) continue;
    found.add(name);
    for (const match of line.match(REFERENCE) ?? []) open.push(match);
  }
  return found;
}

export function definitionSchema(shortName: string, version: OpenApiVersion, descriptions: Descriptions | undefined): JsonObject {
  const line = definitions[shortName]!;
  const name = longName(shortName);
  const description = descriptions?.[name];
  const gvks = kindsOf(shortName);
  const schema: JsonObject = description?.[0] ? { description: description[0] } : {};
  if (hasFields(line)) Object.assign(schema, objectSchema(line, version, description?.[1], gvks !== undefined));
  else Object.assign(schema, line === "" ? { type: "object" } : typeSchema(line, version));
  if (gvks) schema["x-kubernetes-group-version-kind"] = gvks;
  return schema;
}

function objectSchema(line: string, version: OpenApiVersion, descriptions: Readonly<Record<string, string>> | undefined, isKind: boolean): JsonObject {
  const isAtomic = line.startsWith("atomic; ");
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const text of (isAtomic ? line.slice("atomic; ".length) : line).split("; ")) {
    const field = splitField(text);
    if (field.marks.includes("!")) required.push(field.name);
    const schema = typeSchema(field.type, version);
    const extra: JsonObject = {};
    const description = descriptions?.[field.name] ?? (isKind ? TYPE_META[field.name] : undefined);
    if (description) extra["description"] = description;
    if (field.default !== undefined && version === "v3") extra["default"] = field.default;
    if (field.enum) extra["enum"] = field.enum;
    if (field.patchMergeKey) extra["x-kubernetes-patch-merge-key"] = field.patchMergeKey;
    if (field.patchStrategies.length > 0) extra["x-kubernetes-patch-strategy"] = field.patchStrategies.join(",");
    properties[field.name] = withExtra(schema, extra, version);
  }
  return {
    type: "object",
    ...(required.length > 0 ? { required } : {}),
    properties,
    ...(isAtomic ? { "x-kubernetes-map-type": "atomic" } : {}),
  };
}

/** In version 3 nothing may stand beside a reference: it goes into `allOf`. */
function withExtra(schema: JsonObject, extra: JsonObject, version: OpenApiVersion): JsonObject {
  const { $ref, ...rest } = schema;
  if ($ref === undefined || version === "v2") return { ...extra, ...schema };
  return Object.keys(extra).length === 0 && Object.keys(rest).length === 0 ? schema : { ...extra, ...rest, allOf: [{ $ref }] };
}

function typeSchema(text: string, version: OpenApiVersion): JsonObject {
  const scalar = SCALARS[text] ?? EITHER[version][text];
  if (scalar) return { ...scalar };
  if (text === "any") return {};
  if (text.startsWith("[")) {
    const end = text.lastIndexOf("]");
    const [list, ...keys] = text.slice(end + 2, -1).split(",");
    return {
      type: "array",
      items: typeSchema(text.slice(1, end), version),
      ...(keys.length > 0 ? { "x-kubernetes-list-map-keys": keys } : {}),
      ...(list ? { "x-kubernetes-list-type": list } : {}),
    };
  }
  if (text.startsWith("{")) {
    const end = text.lastIndexOf("}");
    const values = text.slice(1, end);
    return { type: "object", ...(values === "" ? {} : { additionalProperties: typeSchema(values, version) }), ...mapType(text.slice(end + 1)) };
  }
  const suffix = /\((atomic|granular)\)$/.exec(text);
  if (suffix) return { ...reference(text.slice(0, suffix.index), version), ...mapType(suffix[0]) };
  return text.startsWith("string.") ? { type: "string", format: text.slice("string.".length) } : reference(text, version);
}

function mapType(suffix: string): { "x-kubernetes-map-type"?: JsonValue } {
  return suffix === "" ? {} : { "x-kubernetes-map-type": suffix.slice(1, -1) };
}
