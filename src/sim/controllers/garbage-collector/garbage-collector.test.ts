import { beforeEach, describe, expect, it } from "vitest";
import type { KubeObject, OwnerReference } from "../../../objects/kube-object.ts";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { garbageCollector } from "./garbage-collector.ts";

let cluster: TestCluster;

function configMap(name: string, owners: readonly KubeObject[] = [], extra: Partial<OwnerReference> = {}): KubeObject {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata.name, uid: metadata.uid!, ...extra }));
  return cluster.client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default", ...(owners.length > 0 ? { ownerReferences } : {}) } });
}

const left = (): string[] => cluster.client.list("configmaps", { namespace: "default" }).map(({ metadata }) => metadata.name).sort();

beforeEach(() => {
  cluster = createTestCluster();
  cluster.start(garbageCollector());
});

describe("the garbage collector", () => {
  it("deletes dependents of a deleted owner, down the chain", () => {
    const owner = configMap("owner");
    const child = configMap("child", [owner]);
    configMap("grandchild", [child]);
    configMap("stranger");
    cluster.client.delete("configmaps", "default", "owner", { propagationPolicy: "Background" });
    expect(left()).toEqual(["child", "grandchild", "stranger"]);
    cluster.run(1_000);
    expect(left()).toEqual(["stranger"]);
  });

  it("keeps a dependent that has another owner, and forgets the one that is gone", () => {
    const [a, b] = [configMap("a"), configMap("b")];
    configMap("child", [a, b]);
    cluster.client.delete("configmaps", "default", "a");
    cluster.run(1_000);
    expect(left()).toEqual(["b", "child"]);
    expect(cluster.client.get("configmaps", "default", "child")!.metadata.ownerReferences?.map(({ name }) => name)).toEqual(["b"]);
  });

  it("orphans on request", () => {
    const owner = configMap("owner");
    configMap("child", [owner]);
    cluster.client.delete("configmaps", "default", "owner", { propagationPolicy: "Orphan" });
    cluster.run(1_000);
    expect(left()).toEqual(["child"]);
    expect(cluster.client.get("configmaps", "default", "child")!.metadata.ownerReferences).toBeUndefined();
  });

  it("deletes in the foreground: the owner waits for blocking dependents", () => {
    const owner = configMap("owner");
    configMap("child", [owner], { blockOwnerDeletion: true });
    cluster.client.patch("configmaps", "default", "child", { metadata: { finalizers: ["example.test/hold"] } });
    cluster.client.delete("configmaps", "default", "owner", { propagationPolicy: "Foreground" });
    cluster.run(60_000);
    expect(left()).toEqual(["child", "owner"]);
    expect(cluster.client.get("configmaps", "default", "child")!.metadata.deletionTimestamp).toBeDefined();
    cluster.client.patch("configmaps", "default", "child", { metadata: { finalizers: null } });
    cluster.run(1_000);
    expect(left()).toEqual([]);
  });

  it("does not let a circle of dependents block a foreground deletion for ever", () => {
    const a = configMap("a");
    const b = configMap("b", [a], { blockOwnerDeletion: true });
    const c = configMap("c", [b], { blockOwnerDeletion: true });
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "c", uid: c.metadata.uid!, blockOwnerDeletion: true };
    cluster.client.patch("configmaps", "default", "a", { metadata: { ownerReferences: [owner] } });
    cluster.client.delete("configmaps", "default", "a", { propagationPolicy: "Foreground" });
    cluster.run(60_000);
    expect(left()).toEqual([]);
  });

  it("deletes what was created for an owner that never existed, but not for a kind that nobody serves", () => {
    const ghost = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "ghost", uid: "00000000-0000-4000-8000-000000000000" } };
    configMap("lost", [ghost]);
    configMap("unknown", [{ ...ghost, apiVersion: "example.test/v1", kind: "Ghost" }]);
    cluster.run(120_000);
    expect(left()).toEqual(["unknown"]);
  });
});
