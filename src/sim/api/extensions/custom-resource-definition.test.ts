import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { createTestCluster } from "../../testing/harness.ts";

const DEFINITION: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "lamps.home.example" },
  spec: {
    group: "home.example",
    scope: "Namespaced",
    names: { plural: "lamps", kind: "Lamp", shortNames: ["lp"] },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { watts: { type: "integer" } } } } } } }],
  },
};

function clusterWithLamps() {
  const cluster = createTestCluster();
  cluster.client.create("apiextensions.k8s.io/customresourcedefinitions", DEFINITION);
  cluster.run(1000);
  return cluster;
}

describe("custom resource definitions", () => {
  it("are established and serve their type", () => {
    const { client, registry } = clusterWithLamps();
    const status = client.get("apiextensions.k8s.io/customresourcedefinitions", undefined, "lamps.home.example")!["status"];
    expect(status.conditions.map((condition: { type: string; status: string }) => `${condition.type}=${condition.status}`)).toEqual(["NamesAccepted=True", "Established=True"]);
    expect(status.acceptedNames).toMatchObject({ singular: "lamp", listKind: "LampList" });
    expect(registry.types.byPath("home.example", "v1", "lamps")?.kind).toBe("Lamp");
    const lamp = client.create("home.example/lamps", { apiVersion: "home.example/v1", kind: "Lamp", metadata: { name: "desk", namespace: "default" }, spec: { watts: 9 } } as KubeObject);
    expect(lamp.metadata.generation).toBe(1);
    expect(client.update("home.example/lamps", { ...lamp, spec: { watts: 10 } }).metadata.generation).toBe(2);
  });

  it("take their objects with them, and refuse names that are taken", () => {
    const { client, run } = clusterWithLamps();
    client.create("home.example/lamps", { apiVersion: "home.example/v1", kind: "Lamp", metadata: { name: "desk", namespace: "default" } });
    client.create("apiextensions.k8s.io/customresourcedefinitions", { ...DEFINITION, metadata: { name: "lights.home.example" }, spec: { ...DEFINITION["spec"], names: { plural: "lights", kind: "Lamp" } } });
    run(1000);
    const clash = client.get("apiextensions.k8s.io/customresourcedefinitions", undefined, "lights.home.example")!["status"];
    expect(clash.conditions[0]).toMatchObject({ type: "NamesAccepted", status: "False", reason: "KindConflict", message: '"Lamp" is already in use' });
    client.delete("apiextensions.k8s.io/customresourcedefinitions", undefined, "lamps.home.example");
    run(5000);
    expect(client.get("apiextensions.k8s.io/customresourcedefinitions", undefined, "lamps.home.example")).toBeUndefined();
    expect(client.serves("home.example/lamps")).toBe(false);
  });
});
