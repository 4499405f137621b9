/** Definitions of custom resources: the version's own schema with the fields that every object has, and the list kind. */
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { reference, type OpenApiVersion } from "./definition-schema.ts";
import { TYPE_META } from "./type-meta.ts";

interface CustomType {
  group: string;
  version: string;
  kind: string;
  listKind: string;
  custom: { version: { schema?: { openAPIV3Schema?: Record<string, unknown> } } };
}

/** `io.cert-manager.v1.Certificate`: the group reversed, as upstream names them. */
export function customDefinitionName(type: { group: string; version: string }, kind: string): string {
  return [...type.group.split(".").reverse(), type.version, kind].join(".");
}

const METADATA = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
const LIST_METADATA = "Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";

export function customSchemas(type: CustomType, version: OpenApiVersion): JsonObject {
  const kind = (name: string): JsonObject[] => [{ group: type.group, kind: name, version: type.version }];
  const itemName = customDefinitionName(type, type.kind);
  const prefix = version === "v2" ? "#/definitions/" : "#/components/schemas/";
  const own = (type.custom.version.schema?.openAPIV3Schema ?? {}) as JsonObject;
  // A schema that keeps everything and declares nothing says nothing about fields, not even the common ones.
  const declaresFields = type.custom.version.schema?.openAPIV3Schema !== undefined && !(own["x-kubernetes-preserve-unknown-fields"] === true && own["properties"] === undefined);
  const inner = embedded(own, version) as JsonObject;
  const item: JsonObject = declaresFields
    ? { ...inner, properties: { ...(inner["properties"] as JsonObject | undefined), ...typeMeta(), metadata: metadata("meta.v1.ObjectMeta", METADATA, version) } }
    : { ...own, type: "object" };
  return {
    [itemName]: { ...item, "x-kubernetes-group-version-kind": kind(type.kind) },
    [customDefinitionName(type, type.listKind)]: {
      description: `${type.listKind} is a list of ${type.kind}`,
      type: "object",
      required: ["items"],
      properties: {
        ...typeMeta(),
        items: { description: `List of ${type.kind}s. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`, type: "array", items: { $ref: `${prefix}${itemName}` } },
        metadata: metadata("meta.v1.ListMeta", LIST_METADATA, version),
      },
      "x-kubernetes-group-version-kind": kind(type.listKind),
    },
  };
}

function typeMeta(): JsonObject {
  return Object.fromEntries(Object.entries(TYPE_META).map(([name, description]) => [name, { description, type: "string" }]));
}

function metadata(definition: string, description: string, version: OpenApiVersion): JsonObject {
  const to = reference(definition, version);
  return version === "v2" ? { description, ...to } : { description, allOf: [to] };
}

/** Embedded resources get the fields of every object too. */
function embedded(value: JsonValue, version: OpenApiVersion): JsonValue {
  if (Array.isArray(value)) return value.map((item) => embedded(item, version));
  if (typeof value !== "object" || value === null) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) out[key] = embedded(value[key]!, version);
  if (out["x-kubernetes-embedded-resource"] === true && out["properties"] !== undefined) {
    out["properties"] = { ...(out["properties"] as JsonObject), ...typeMeta(), metadata: metadata("meta.v1.ObjectMeta", METADATA, version) };
  }
  return out;
}
