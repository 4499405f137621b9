/** Definitions of custom resources: the version's own schema with the fields that every object has, and the list kind (apiextensions-apiserver `pkg/controller/openapi/builder`). */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { reference, type OpenApiVersion } from "./definition-schema.ts";
import { TYPE_META } from "./type-meta.ts";
import { toVersion2 } from "./version-2-schema.ts";

interface CustomType {
  group: string;
  version: string;
  kind: string;
  listKind: string;
  plural: string;
  custom: { version: { schema?: { openAPIV3Schema?: Record<string, unknown> }; selectableFields?: readonly { jsonPath: string }[] } };
}

/** `io.cert-manager.v1.Certificate`: the group reversed, as upstream names them. */
export function customDefinitionName(type: { group: string; version: string }, kind: string): string {
  return [...type.group.split(".").reverse(), type.version, kind].join(".");
}

const METADATA = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
const LIST_METADATA = "Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields";

export function customSchemas(type: CustomType, version: OpenApiVersion): JsonObject {
  const itemName = customDefinitionName(type, type.kind);
  const prefix = version === "v2" ? "#/definitions/" : "#/components/schemas/";
  const { selectableFields } = type.custom.version;
  const extensions = (kind: string): JsonObject => ({
    "x-kubernetes-group-version-kind": [{ group: type.group, kind, version: type.version }],
    ...(selectableFields?.length ? { "x-kubernetes-selectable-fields": selectableFields.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, "") })) } : {}),
  });
  return {
    [itemName]: { ...itemSchema(type, version), ...extensions(type.kind) },
    [customDefinitionName(type, type.listKind)]: {
      description: `${type.listKind} is a list of ${type.kind}`,
      type: "object",
      required: ["items"],
      properties: {
        ...typeMeta(),
        items: { description: `List of ${type.plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`, type: "array", items: { $ref: `${prefix}${itemName}` } },
        metadata: metadata("meta.v1.ListMeta", LIST_METADATA, version),
      },
      ...extensions(type.listKind),
    },
  };
}

function itemSchema(type: CustomType, version: OpenApiVersion): JsonObject {
  const own = type.custom.version.schema?.openAPIV3Schema as JsonObject | undefined;
  // Clients of version 2 take every field that is not declared for unknown: where anything goes nothing is declared, not even the common fields.
  if (own === undefined || (version === "v2" && own[KEEPS_UNKNOWN] === true)) return { type: "object" };
  const schema = embedded(version === "v2" ? toVersion2(own) : own, version);
  return { ...schema, properties: { ...(schema["properties"] as JsonObject | undefined), ...typeMeta(), metadata: metadata("meta.v1.ObjectMeta", METADATA, version) } };
}

function typeMeta(): JsonObject {
  return Object.fromEntries(Object.entries(TYPE_META).map(([name, description]) => [name, { description, type: "string" }]));
}

function metadata(definition: string, description: string, version: OpenApiVersion): JsonObject {
  const to = reference(definition, version);
  return version === "v2" ? { description, ...to } : { description, allOf: [to] };
}

/** Embedded resources get the fields of every object too, and must say what they are. */
function embedded(schema: JsonObject, version: OpenApiVersion): JsonObject {
  const out: JsonObject = { ...schema };
  const inner = (value: JsonValue | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);
  const { properties, items, additionalProperties, required } = schema;
  if (inner(properties)) out["properties"] = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, embedded(value as JsonObject, version)]));
  if (inner(items)) out["items"] = embedded(items, version);
  if (inner(additionalProperties)) out["additionalProperties"] = embedded(additionalProperties, version);
  if (schema["x-kubernetes-embedded-resource"] !== true || (version === "v2" && schema[KEEPS_UNKNOWN] === true)) return out;
  out["properties"] = { ...(out["properties"] as JsonObject | undefined), ...typeMeta(), metadata: metadata("meta.v1.ObjectMeta", METADATA, version) };
  out["required"] = [...new Set([...((required ?? []) as string[]), "kind", "apiVersion"])];
  return out;
}
