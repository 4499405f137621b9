import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../objects/kube-object.ts";
import { ApiError } from "../api/status.ts";
import { createTestCluster } from "./harness.ts";

describe("registry", () => {
  it("creates what an API server starts with", () => {
    const { client } = createTestCluster();
    expect(client.list("namespaces").map((namespace) => namespace.metadata.name)).toEqual(["kube-system", "kube-public", "kube-node-lease", "default"]);
    expect(client.get("services", "default", "kubernetes")?.["spec"].clusterIP).toBe("10.96.0.1");
    expect(client.get("rbac.authorization.k8s.io/clusterroles", undefined, "cluster-admin")).toBeDefined();
  });

  it("creates, updates, refuses a stale write, deletes", () => {
    const { client } = createTestCluster();
    const created = client.create<KubeObject>("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" }, data: { x: "1" } });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    const updated = client.update("configmaps", { ...created, data: { x: "2" } });
    expect(Number(updated.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
    expect(() => client.update("configmaps", { ...created, data: { x: "3" } })).toThrow(/the object has been modified/);
    expect(client.update("configmaps", updated).metadata.resourceVersion).toBe(updated.metadata.resourceVersion);
    client.delete("configmaps", "default", "a");
    expect(client.get("configmaps", "default", "a")).toBeUndefined();
    expect(() => client.delete("configmaps", "default", "a")).toThrow(ApiError);
  });

  it("keeps an object until its finalizers are gone", () => {
    const { client } = createTestCluster();
    client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default", finalizers: ["example.com/wait"] } });
    client.delete("configmaps", "default", "a");
    const waiting = client.get("configmaps", "default", "a")!;
    expect(waiting.metadata.deletionTimestamp).toBe("2026-01-01T00:00:00Z");
    client.update("configmaps", { ...waiting, metadata: { ...waiting.metadata, finalizers: [] } });
    expect(client.get("configmaps", "default", "a")).toBeUndefined();
  });
});
