/** The OpenAPI documents: one for each group and version (v3), and everything in one (v2). Pure: the same resources give the same document. */
import { createHash } from "node:crypto";
import { stableJson } from "../../../lib/json.ts";
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { longName } from "../../../objects/schema/parse-definition.ts";
import { tableVersion } from "../../../objects/schema/table.generated.ts";
import type { GroupVersionKind } from "../../../objects/schema/type-schema.ts";
import { closure, definitionOfKind, definitionSchema, reference, type OpenApiVersion } from "./definition-schema.ts";
import type { Descriptions } from "./descriptions.ts";
import { customDefinitionName, customSchemas } from "./custom-schemas.ts";
import { resourcePaths, type PathType, type SchemaOfKind } from "./paths.ts";

export interface OpenApiType extends PathType {
  listKind: string;
  /** The schema of a custom resource's version. */
  custom?: { version: { schema?: { openAPIV3Schema?: Record<string, unknown> }; selectableFields?: readonly { jsonPath: string }[] } };
}

interface GroupVersion {
  group: string;
  version: string;
}

const MINOR = tableVersion.replace(/^v(\d+\.\d+).*/, "$1");

/** `api/v1`, `apis/apps/v1`: the names of the documents. */
export function documentName({ group, version }: GroupVersion): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

/** Changes exactly when the document does; 128 upper-case hexadecimal digits, as upstream's. */
export function documentHash(types: readonly OpenApiType[], descriptions: Descriptions | undefined): string {
  const told = types.map((type) => [type.group, type.version, type.kind, type.plural, type.namespaced, [...type.verbs], [...type.subresources].map((sub) => [sub.name, [...sub.verbs]]), type.custom?.version.schema ?? null, type.custom?.version.selectableFields ?? null]);
  return createHash("sha512").update(stableJson([tableVersion, descriptions !== undefined, told])).digest("hex").toUpperCase();
}

/** What `/openapi/v3` answers. */
export function openApiV3Index(types: readonly OpenApiType[], descriptions: Descriptions | undefined): JsonObject {
  const paths: JsonObject = {};
  for (const [name, members] of byDocument(types)) {
    paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${documentHash(members, descriptions)}` };
  }
  return { paths };
}

/** The resources of each document, in order. */
export function byDocument(types: readonly OpenApiType[]): Map<string, OpenApiType[]> {
  const documents = new Map<string, OpenApiType[]>();
  for (const type of types) {
    const name = documentName(type);
    const members = documents.get(name);
    if (members) members.push(type);
    else documents.set(name, [type]);
  }
  return documents;
}

export function openApiV3Document(types: readonly OpenApiType[], descriptions: Descriptions | undefined): JsonObject {
  const { paths, schemas } = describe(types, "v3", descriptions);
  const isCustom = types.some((type) => type.custom !== undefined);
  return {
    openapi: "3.0.0",
    info: isCustom ? { title: "Kubernetes CRD Swagger", version: "v0.1.0" } : { title: "Kubernetes", version: MINOR },
    paths,
    components: {
      schemas,
      securitySchemes: { BearerToken: { type: "apiKey", description: "Bearer Token authentication", name: "authorization", in: "header" } },
    },
  };
}

export function openApiV2Document(types: readonly OpenApiType[], descriptions: Descriptions | undefined): JsonObject {
  const { schemas } = describe(types, "v2", descriptions);
  const paths: JsonObject = {};
  for (const type of types) {
    for (const [path, item] of Object.entries(resourcePaths(type, schemaOfKind([type], "v2", new Set())))) paths[path] = swaggerItem(item as JsonObject);
  }
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: MINOR },
    paths,
    definitions: schemas,
    securityDefinitions: { BearerToken: { type: "apiKey", description: "Bearer Token authentication", name: "authorization", in: "header" } },
    security: [{ BearerToken: [] }],
  };
}

function describe(types: readonly OpenApiType[], version: OpenApiVersion, descriptions: Descriptions | undefined): { paths: JsonObject; schemas: JsonObject } {
  const roots = new Set<string>();
  const ofKind = schemaOfKind(types, version, roots);
  const paths: JsonObject = {};
  for (const type of types) Object.assign(paths, resourcePaths(type, ofKind));
  const schemas: JsonObject = {};
  for (const type of types) {
    if (type.custom === undefined) continue;
    Object.assign(schemas, customSchemas({ ...type, custom: type.custom }, version));
    for (const name of ["meta.v1.ObjectMeta", "meta.v1.ListMeta"]) roots.add(name);
  }
  for (const name of [...closure(roots)].sort()) schemas[longName(name)] = definitionSchema(name, version, descriptions);
  return { paths: Object.fromEntries(Object.entries(paths).sort(([left], [right]) => (left < right ? -1 : 1))), schemas };
}

/** References to kinds; each built-in one that is asked for is noted in `roots`. */
function schemaOfKind(types: readonly OpenApiType[], version: OpenApiVersion, roots: Set<string>): SchemaOfKind {
  const prefix = version === "v2" ? "#/definitions/" : "#/components/schemas/";
  return ({ group, version: apiVersion, kind }: GroupVersionKind) => {
    if (group === "meta") {
      roots.add(`meta.${apiVersion}.${kind}`);
      return reference(`meta.${apiVersion}.${kind}`, version);
    }
    const custom = types.find((type) => type.custom !== undefined && type.group === group && type.version === apiVersion && (type.kind === kind || type.listKind === kind));
    if (custom) return { $ref: `${prefix}${customDefinitionName(custom, kind)}` };
    const name = definitionOfKind(group, apiVersion, kind);
    if (name === undefined) return undefined;
    roots.add(name);
    return reference(name, version);
  };
}

/** Swagger 2 has bodies as parameters and schemas directly in the answers. */
function swaggerItem(item: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [method, value] of Object.entries(item)) {
    if (method === "parameters") {
      out[method] = (value as JsonObject[]).map(swaggerParameter);
      continue;
    }
    const { requestBody, parameters, responses, ...rest } = value as JsonObject & { requestBody?: { content: Record<string, { schema: JsonValue }> }; parameters?: JsonObject[]; responses: Record<string, JsonObject> };
    const body = requestBody ? Object.entries(requestBody.content) : [];
    out[method] = {
      ...rest,
      ...(body.length > 0 ? { consumes: body.map(([media]) => media) } : {}),
      produces: ["application/json", "application/yaml"],
      parameters: [...(body[0] ? [{ name: "body", in: "body", schema: body[0][1].schema }] : []), ...(parameters ?? []).map(swaggerParameter)],
      responses: Object.fromEntries(Object.entries(responses).map(([code, answer]) => [code, swaggerAnswer(answer)])),
    };
  }
  return out;
}

function swaggerParameter({ schema, ...rest }: JsonObject): JsonObject {
  return { ...rest, ...(schema as JsonObject) };
}

function swaggerAnswer({ content, ...rest }: JsonObject): JsonObject {
  const first = content ? Object.values(content as Record<string, { schema: JsonValue }>)[0] : undefined;
  return first ? { ...rest, schema: first.schema } : rest;
}
