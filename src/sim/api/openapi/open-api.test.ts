import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../objects/kube-object.ts";
import { RESOURCES } from "../../../objects/schema/resource-facts.ts";
import type { ApiRequest } from "../http/exchange.ts";
import { byDocument, documentHash, openApiV2Document, openApiV3Document, type OpenApiType } from "./documents.ts";
import { customSchemas } from "./custom-schemas.ts";
import { OpenApi } from "./open-api.ts";
import { encodeSwagger } from "./swagger-protobuf.ts";

const builtIn: OpenApiType[] = RESOURCES.map((type) => ({ ...type, listKind: `${type.kind}List` }));
const widget: OpenApiType & { custom: object } = {
  group: "e.example", version: "v1", kind: "Widget", listKind: "WidgetList", plural: "widgets", namespaced: true, verbs: ["create", "get", "list", "patch"], subresources: [],
  custom: {
    version: {
      schema: {
        openAPIV3Schema: {
          type: "object", description: "A widget.", required: ["spec"],
          properties: { spec: { type: "object", properties: { size: { type: "integer" } } }, pod: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: { type: "object" } } } },
        },
      },
    },
  },
};

interface Document {
  paths: Record<string, Record<string, JsonObject & { parameters?: { name: string }[] }>>;
  components: { schemas: Record<string, JsonObject & { properties: Record<string, JsonObject> }> };
}

const documents = byDocument([...builtIn, widget]);
const documentOf = (name: string): Document => openApiV3Document(documents.get(name)!, undefined) as unknown as Document;

function references(value: JsonValue, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) references(item, found);
  else if (typeof value === "object" && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      if (key === "$ref" && typeof child === "string") found.add(child);
      else references(child, found);
    }
  }
  return found;
}

describe("OpenAPI v3 documents", () => {
  it("exist for every group and version, and refer only to what they carry", () => {
    expect(documents.size).toBeGreaterThan(20);
    for (const name of documents.keys()) {
      const document = documentOf(name);
      const missing = [...references(document as unknown as JsonValue)].filter((ref) => document.components.schemas[ref.replace("#/components/schemas/", "")] === undefined);
      expect(missing, name).toEqual([]);
    }
  });

  it("have the paths, actions and kinds that clients look for", () => {
    const { paths } = documentOf("apis/apps/v1");
    const item = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]!;
    expect(Object.keys(item).sort()).toEqual(["delete", "get", "parameters", "patch", "put"]);
    expect(item["patch"]).toMatchObject({ operationId: "patchAppsV1NamespacedDeployment", "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": { group: "apps", version: "v1", kind: "Deployment" } });
    // kubectl asks here whether the server validates fields and runs dry.
    expect(item["patch"]!.parameters!.map((parameter) => parameter.name)).toEqual(expect.arrayContaining(["fieldValidation", "dryRun", "fieldManager", "force"]));
    expect(paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]!["get"]).toMatchObject({ "x-kubernetes-group-version-kind": { kind: "Scale" } });
    expect(paths["/apis/apps/v1/deployments"]!["get"]).toMatchObject({ operationId: "listAppsV1DeploymentForAllNamespaces" });
    expect(documentOf("apis/rbac.authorization.k8s.io/v1").paths["/apis/rbac.authorization.k8s.io/v1/clusterroles"]!["post"]).toMatchObject({ operationId: "createRbacAuthorizationV1ClusterRole" });
  });

  it("carry merge keys, list types, enums, defaults and kinds", () => {
    const { schemas } = documentOf("api/v1").components;
    expect(schemas["io.k8s.api.core.v1.PodSpec"]!.properties["containers"]).toMatchObject({
      type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge",
    });
    expect(schemas["io.k8s.api.core.v1.PodSpec"]!.properties["volumes"]).toMatchObject({ "x-kubernetes-patch-strategy": "merge,retainKeys" });
    expect(schemas["io.k8s.api.core.v1.ServicePort"]!.properties["protocol"]).toMatchObject({ default: "TCP", enum: ["SCTP", "TCP", "UDP"], type: "string" });
    expect(schemas["io.k8s.api.core.v1.Pod"]).toMatchObject({ "x-kubernetes-group-version-kind": [{ group: "", kind: "Pod", version: "v1" }] });
    expect(schemas["io.k8s.api.core.v1.ResourceFieldSelector"]).toMatchObject({ "x-kubernetes-map-type": "atomic" });
    expect(schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]).toMatchObject({ format: "int-or-string" });
  });

  it("describe custom resources with the fields of every object, and no strategic patch", () => {
    const { paths, components } = documentOf("apis/e.example/v1");
    const schema = components.schemas["example.e.v1.Widget"]!;
    expect(Object.keys(schema.properties).sort()).toEqual(["apiVersion", "kind", "metadata", "pod", "spec"]);
    expect(Object.keys((schema.properties["pod"] as { properties: object }).properties).sort()).toEqual(["apiVersion", "kind", "metadata", "spec"]);
    expect(schema["x-kubernetes-group-version-kind"]).toEqual([{ group: "e.example", kind: "Widget", version: "v1" }]);
    const patch = paths["/apis/e.example/v1/namespaces/{namespace}/widgets/{name}"]!["patch"] as unknown as { requestBody: { content: object } };
    expect(Object.keys(patch.requestBody.content)).not.toContain("application/strategic-merge-patch+json");
    expect(components.schemas["example.e.v1.WidgetList"]).toBeDefined();
  });

  it("take descriptions where there are some", () => {
    const descriptions = { "io.k8s.api.core.v1.ConfigMap": ["Keeps settings.", { data: "The settings." }] } as const;
    const { schemas } = (openApiV3Document(documents.get("api/v1")!, descriptions) as unknown as Document).components;
    expect(schemas["io.k8s.api.core.v1.ConfigMap"]).toMatchObject({ description: "Keeps settings.", properties: { data: { description: "The settings." }, kind: { type: "string" } } });
  });
});

describe("OpenAPI v2", () => {
  it("has everything in one document, with references of its own", () => {
    const document = openApiV2Document([...builtIn, widget], undefined) as unknown as { swagger: string; definitions: Record<string, JsonObject>; paths: Record<string, JsonObject> };
    expect(document.swagger).toBe("2.0");
    const missing = [...references(document.definitions as unknown as JsonValue)].filter((ref) => document.definitions[ref.replace("#/definitions/", "")] === undefined);
    expect(missing).toEqual([]);
    expect(document.paths["/api/v1/namespaces/{namespace}/pods"]!["post"]).toMatchObject({ parameters: expect.arrayContaining([expect.objectContaining({ name: "body", in: "body" })]) });
  });
});

describe("schemas of custom resources", () => {
  const schemasOf = (openAPIV3Schema: JsonObject, version: "v2" | "v3", more: object = {}): Record<string, JsonObject> =>
    customSchemas({ ...widget, custom: { version: { schema: { openAPIV3Schema }, ...more } } }, version) as Record<string, JsonObject>;
  const kind = { "x-kubernetes-group-version-kind": [{ group: "e.example", kind: "Widget", version: "v1" }] };

  it("say nothing in version 2 where anything goes, and all they know in version 3", () => {
    const open: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { spec: { type: "object" } } };
    expect(schemasOf(open, "v2")["example.e.v1.Widget"]).toEqual({ type: "object", ...kind });
    const full = schemasOf(open, "v3")["example.e.v1.Widget"]!;
    expect(full).toMatchObject({ type: "object", "x-kubernetes-preserve-unknown-fields": true, ...kind });
    expect(Object.keys(full["properties"] as object).sort()).toEqual(["apiVersion", "kind", "metadata", "spec"]);
  });

  it("leave out in version 2 what it has no words for", () => {
    const spec: JsonObject = {
      type: "object",
      required: ["maybe", "surely"],
      anyOf: [{ required: ["surely"] }],
      properties: {
        maybe: { type: "object", nullable: true, properties: { a: { type: "string" } } },
        surely: { type: "array", items: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        loose: { type: "array", "x-kubernetes-preserve-unknown-fields": true, items: { type: "string" } },
      },
    };
    const { properties } = schemasOf({ type: "object", properties: { spec } }, "v2")["example.e.v1.Widget"] as { properties: { spec: JsonObject } };
    expect(properties.spec).toEqual({
      type: "object",
      required: ["surely"],
      properties: { maybe: {}, surely: { type: "array", items: { "x-kubernetes-preserve-unknown-fields": true } }, loose: { "x-kubernetes-preserve-unknown-fields": true } },
    });
  });

  it("name the fields that can be selected by, and embedded objects must say what they are", () => {
    const schemas = schemasOf({ type: "object", properties: { pod: { type: "object", "x-kubernetes-embedded-resource": true } } }, "v3", { selectableFields: [{ jsonPath: ".spec.size" }] });
    expect(schemas["example.e.v1.Widget"]).toMatchObject({ "x-kubernetes-selectable-fields": [{ fieldPath: "spec.size" }], properties: { pod: { required: ["kind", "apiVersion"], properties: { kind: { type: "string" } } } } });
    expect(schemas["example.e.v1.WidgetList"]).toMatchObject({ "x-kubernetes-selectable-fields": [{ fieldPath: "spec.size" }], properties: { items: { description: expect.stringMatching(/^List of widgets\./) } } });
  });
});

describe("OpenApi", () => {
  const types = { list: [...builtIn, widget].map((type) => ({ ...type, subresources: new Map([...type.subresources].map((sub) => [sub.name, sub])) })) };
  const api = new OpenApi({ all: () => types.list });
  const ask = (path: string, query = "", accept = "*/*") =>
    api.answer(path.split("/"), { method: "GET", path, query: new URLSearchParams(query), headers: { accept }, body: Buffer.alloc(0), user: {} } as unknown as ApiRequest);

  it("names each document by a hash that the client may keep it under", () => {
    const index = JSON.parse(ask("v3").body as string) as { paths: Record<string, { serverRelativeURL: string }> };
    const url = index.paths["apis/apps/v1"]!.serverRelativeURL;
    expect(url).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
    const answer = ask("v3/apis/apps/v1", url.split("?")[1]);
    expect(answer).toMatchObject({ code: 200, headers: { "cache-control": "public, immutable", "content-type": "application/json" } });
    expect(ask("v3/apis/apps/v1", "hash=AB")).toMatchObject({ code: 301, headers: { location: url } });
    expect(ask("v3/apis/nothing/v1").code).toBe(404);
  });

  it("changes the hash of a custom resource's document with its schema, and no other", () => {
    const before = documentHash([widget], undefined);
    expect(documentHash([{ ...widget }], undefined)).toBe(before);
    expect(documentHash([{ ...widget, custom: { version: { schema: { openAPIV3Schema: { type: "object" } } } } }], undefined)).not.toBe(before);
  });

  it("is served whole as JSON and as protobuf, and 406 for anything else", () => {
    const answer = ask("v2", "", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
    expect(answer).toMatchObject({ code: 200, headers: { "content-type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" } });
    const body = answer.body as Buffer;
    expect(body.subarray(0, 5)).toEqual(Buffer.from([0x0a, 3, ...Buffer.from("2.0")]));
    expect(body.includes("io.k8s.api.apps.v1.Deployment")).toBe(true);
    expect(ask("v2").headers["content-type"]).toBe("application/json");
    expect(ask("v2", "", "text/html").code).toBe(406);
  });

  it("writes schemas, operations and extensions as upstream's messages have them", () => {
    const hex = (document: JsonObject): string => encodeSwagger(document).toString("hex");
    const string = (text: string): string => `${Buffer.from([text.length]).toString("hex")}${Buffer.from(text).toString("hex")}`;
    // definitions 9 { pair 1 { name 1, value 2 { type 22 { 1 } } } }
    expect(hex({ definitions: { A: { type: "object" } } })).toBe(`4a120a100a${string("A")}120bb201080a${string("object")}`);
    // paths 8 { pair 2 { name 1, value 2 { patch 8 { parameters 8 { parameter 1 { other 2 { query 3 { in 2, name 4, uniqueItems 20 } } } } } } } }
    expect(hex({ paths: { "/a": { patch: { parameters: [{ name: "f", in: "query", uniqueItems: true }] } } } })).toBe(`421f121d0a${string("/a")}1217421542130a11120f1a0d22${string("f")}12${string("query")}a00101`);
    // vendor extension 31 { name 1, value 2 { yaml 2 } }
    expect(hex({ definitions: { A: { "x-a": [1] } } })).toBe(`4a160a140a${string("A")}120ffa010c0a${string("x-a")}120512${string("[1]")}`);
  });

  it("follows the resources", () => {
    const without = types.list.filter((type) => type.group !== "e.example");
    types.list = without;
    expect(ask("v3/apis/e.example/v1").code).toBe(404);
  });
});
