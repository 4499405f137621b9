/** A custom resource's `openAPIV3Schema` in the words of `TypeSchema`: what server-side apply and decoding need of it. Validation reads the original. */
import type { JsonValue } from "../kube-object.ts";
import { ANY, FREE_FORM_OBJECT } from "./parse-definition.ts";
import { objectMetaSchema } from "./schema-of.ts";
import type { FieldSchema, ObjectType, ScalarKind, TypeSchema } from "./type-schema.ts";

/** The part of `JSONSchemaProps` (apiextensions.k8s.io/v1) that tells shapes. */
export interface CrdSchema {
  type?: string;
  format?: string;
  properties?: Readonly<Record<string, CrdSchema>>;
  additionalProperties?: CrdSchema | boolean;
  items?: CrdSchema;
  required?: readonly string[];
  enum?: readonly JsonValue[];
  default?: JsonValue;
  nullable?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: readonly string[];
  "x-kubernetes-map-type"?: string;
}

/**
 * The schema of a whole custom object: `apiVersion`, `kind` and `metadata` are the server's own, the rest is the version's schema.
 * Without a schema everything is deduced from the values, as upstream does.
 */
export function schemaFromCrd(openAPIV3Schema: CrdSchema | undefined): ObjectType {
  const type = openAPIV3Schema === undefined ? undefined : convert({ ...openAPIV3Schema, type: "object" }, false);
  const fields = new Map<string, FieldSchema>(type?.kind === "object" ? type.fields : []);
  addTypeMeta(fields);
  const unknownFields = type === undefined || type.kind !== "object" ? ANY : type.unknownFields;
  return { kind: "object", fields, atomic: false, ...(unknownFields ? { unknownFields } : {}) };
}

function addTypeMeta(fields: Map<string, FieldSchema>): void {
  for (const name of ["apiVersion", "kind"]) {
    fields.set(name, { name, type: { kind: "scalar", scalar: "string" }, required: false, patchStrategies: [] });
  }
  fields.set("metadata", { name: "metadata", type: objectMetaSchema(), required: false, patchStrategies: [] });
}

function convert(schema: CrdSchema, preserve: boolean): TypeSchema {
  const preserves = preserve || schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema["x-kubernetes-int-or-string"]) return { kind: "scalar", scalar: "int-or-string" };
  switch (schema.type) {
    case "object":
      return convertObject(schema, preserves);
    case "array": {
      const list = schema["x-kubernetes-list-type"];
      return {
        kind: "list",
        items: schema.items ? convert(schema.items, preserves) : ANY,
        list: list === "set" || list === "map" ? list : "atomic",
        keys: list === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : [],
      };
    }
    case "string":
    case "integer":
    case "number":
    case "boolean":
      return { kind: "scalar", scalar: scalarKind(schema.type, schema.format) };
    default:
      return ANY;
  }
}

function scalarKind(type: "string" | "integer" | "number" | "boolean", format: string | undefined): ScalarKind {
  if (type === "integer") return format === "int32" || format === "int64" ? format : "integer";
  if (type !== "string") return type;
  if (format === undefined || format === "") return "string";
  return format === "byte" || format === "date-time" || format === "duration" ? format : "formatted";
}

function convertObject(schema: CrdSchema, preserves: boolean): TypeSchema {
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  const values = schema.additionalProperties;
  const hasProperties = schema.properties !== undefined && Object.keys(schema.properties).length > 0;
  if (!hasProperties && !schema["x-kubernetes-embedded-resource"]) {
    if (typeof values === "object") return { kind: "map", values: convert(values, preserves), atomic };
    return { ...FREE_FORM_OBJECT, atomic };
  }
  const fields = new Map<string, FieldSchema>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.set(name, {
      name,
      type: convert(property, preserves),
      required: schema.required?.includes(name) ?? false,
      patchStrategies: [],
      ...(property.default !== undefined ? { default: property.default } : {}),
      ...(property.enum?.every((value) => typeof value === "string") ? { enum: property.enum as string[] } : {}),
    });
  }
  if (schema["x-kubernetes-embedded-resource"]) addTypeMeta(fields);
  const unknownFields = typeof values === "object" ? convert(values, preserves) : values === true || preserves ? ANY : undefined;
  return { kind: "object", fields, atomic, ...(unknownFields ? { unknownFields } : {}) };
}
