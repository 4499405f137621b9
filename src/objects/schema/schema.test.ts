import { describe, expect, it } from "vitest";
import { RESOURCES } from "./resource-facts.ts";
import { schemaFromCrd } from "./schema-from-crd.ts";
import { schemaOf } from "./schema-of.ts";
import { definitions, kinds } from "./table.generated.ts";
import type { ObjectType, TypeSchema } from "./type-schema.ts";

function at(type: TypeSchema | undefined, ...path: string[]): TypeSchema {
  let here = type!;
  for (const step of path) {
    if (step === "*") here = here.kind === "list" ? here.items : here.kind === "map" ? here.values : here;
    else here = (here as ObjectType).fields.get(step)!.type;
  }
  return here;
}

const deployment = schemaOf({ group: "apps", version: "v1", kind: "Deployment" })!;

describe("the schema table", () => {
  it("reads every definition and every kind", () => {
    expect(Object.keys(definitions).length).toBeGreaterThan(500);
    for (const gvk of Object.keys(kinds)) {
      const [group, version, kind] = gvk.split("/");
      expect(schemaOf({ group: group!, version: version!, kind: kind! }), gvk).toBeDefined();
    }
  });

  it("has a schema for every resource and subresource kind that takes a body", () => {
    for (const resource of RESOURCES) expect(schemaOf(resource), resource.plural).toBeDefined();
  });

  it("knows scalars, lists and their keys", () => {
    expect(at(deployment, "spec", "replicas")).toEqual({ kind: "scalar", scalar: "int32" });
    const containers = at(deployment, "spec", "template", "spec", "containers");
    expect(containers).toMatchObject({ kind: "list", list: "map", keys: ["name"] });
    expect(at(containers, "*", "ports")).toMatchObject({ list: "map", keys: ["containerPort", "protocol"] });
    expect(at(containers, "*", "args")).toMatchObject({ list: "atomic", keys: [] });
    expect(at(containers, "*", "resources", "limits", "*")).toEqual({ kind: "scalar", scalar: "quantity" });
  });

  it("knows required fields, defaults, enums and patch strategies", () => {
    const podSpec = at(deployment, "spec", "template", "spec") as ObjectType;
    expect(podSpec.definition).toBe("io.k8s.api.core.v1.PodSpec");
    expect(podSpec.fields.get("containers")).toMatchObject({ required: true, patchMergeKey: "name", patchStrategies: ["merge"] });
    expect(podSpec.fields.get("volumes")!.patchStrategies).toEqual(["merge", "retainKeys"]);
    expect(podSpec.fields.get("dnsPolicy")!.enum).toContain("ClusterFirst");
    const port = at(podSpec, "containers", "*", "ports", "*") as ObjectType;
    expect(port.fields.get("protocol")!.default).toBe("TCP");
  });

  it("knows atomic maps, sets and definitions that refer to themselves", () => {
    expect(at(deployment, "spec", "selector")).toMatchObject({ kind: "object", atomic: true });
    expect(at(deployment, "spec", "template", "spec", "nodeSelector")).toMatchObject({ kind: "map", atomic: true });
    expect(at(deployment, "metadata", "finalizers")).toMatchObject({ kind: "list", list: "set" });
    const crd = schemaOf({ group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition" })!;
    const props = at(crd, "spec", "versions", "*", "schema", "openAPIV3Schema");
    expect(at(props, "properties", "*")).toBe(props);
    expect(at(schemaOf({ group: "apps", version: "v1", kind: "ControllerRevision" }), "data")).toMatchObject({ kind: "any", atomic: true });
  });

  it("answers undefined for a kind the server does not have", () => {
    expect(schemaOf({ group: "", version: "v1", kind: "Nothing" })).toBeUndefined();
  });
});

describe("resource facts", () => {
  const find = (plural: string, group = "") => RESOURCES.find((resource) => resource.plural === plural && resource.group === group)!;

  it("come in discovery order, preferred versions first", () => {
    expect(RESOURCES[0]!.plural).toBe("bindings");
    const autoscaling = RESOURCES.filter((resource) => resource.group === "autoscaling").map((resource) => resource.version);
    expect(autoscaling).toEqual(["v2", "v1"]);
  });

  it("carry verbs, short names, categories, subresources and columns", () => {
    expect(find("pods")).toMatchObject({ kind: "Pod", shortNames: ["po"], categories: ["all"], namespaced: true });
    expect(find("pods").subresources.find((sub) => sub.name === "eviction")!.kind).toEqual({ group: "policy", version: "v1", kind: "Eviction" });
    expect(find("deployments", "apps").subresources.find((sub) => sub.name === "scale")!.kind.kind).toBe("Scale");
    expect(find("pods").columns.find((column) => column.name === "Nominated Node")).toEqual({
      name: "Nominated Node", type: "string", format: "", priority: 1,
    });
    expect(find("selfsubjectreviews", "authentication.k8s.io")).toMatchObject({ verbs: ["create"], columns: [] });
  });
});

describe("schemaFromCrd", () => {
  it("adds the server's own fields and tells lists, maps and preserved fields", () => {
    const schema = schemaFromCrd({
      type: "object",
      properties: {
        spec: {
          type: "object",
          required: ["size"],
          properties: {
            size: { type: "integer", format: "int32", default: 1 },
            ports: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], items: { type: "object", properties: { name: { type: "string" } } } },
            labels: { type: "object", additionalProperties: { type: "string" }, "x-kubernetes-map-type": "atomic" },
            free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            either: { "x-kubernetes-int-or-string": true },
          },
        },
      },
    });
    expect(schema.fields.get("metadata")!.type).toMatchObject({ definition: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" });
    expect(schema.unknownFields).toBeUndefined();
    const spec = schema.fields.get("spec")!.type as ObjectType;
    expect(spec.fields.get("size")).toMatchObject({ required: true, default: 1, type: { scalar: "int32" } });
    expect(spec.fields.get("ports")!.type).toMatchObject({ list: "map", keys: ["name"] });
    expect(spec.fields.get("labels")!.type).toMatchObject({ kind: "map", atomic: true });
    expect(spec.fields.get("free")!.type).toMatchObject({ kind: "any", objectOnly: true });
    expect(spec.fields.get("either")!.type).toMatchObject({ scalar: "int-or-string" });
  });

  it("deduces everything without a schema", () => {
    expect(schemaFromCrd(undefined).unknownFields).toMatchObject({ kind: "any", atomic: false });
  });
});
