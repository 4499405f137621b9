import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../testing/harness.ts";
import { clusterRoleAggregationController } from "./cluster-role-aggregation.ts";
import { endpointSliceMirroringController } from "./endpoints/endpoint-slice-mirroring.ts";
import { replicaSetController } from "./replica-set.ts";
import { resourceQuotaController } from "./resource-quota.ts";
import { addNode, runPods } from "./testing/pod-runner.ts";
import { workload } from "./testing/workloads.ts";

let cluster: TestCluster;
beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
});

describe("a resource quota", () => {
  it("counts what is there, also after something has gone", () => {
    cluster.start(resourceQuotaController());
    cluster.start(replicaSetController());
    runPods(cluster);
    cluster.client.create("resourcequotas", { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "home", namespace: "default" }, spec: { hard: { pods: "10", configmaps: "5" } } });
    cluster.run(1_000);
    cluster.client.create("apps/replicasets", workload("ReplicaSet", "web", { replicas: 3 }));
    cluster.run(10_000);
    const used = (): unknown => cluster.client.get("resourcequotas", "default", "home")!["status"];
    expect(used()).toEqual({ hard: { pods: "10", configmaps: "5" }, used: { pods: "3", configmaps: "0" } });
    cluster.client.patch("apps/replicasets", "default", "web", { spec: { replicas: 1 } });
    cluster.run(10_000);
    expect(used()).toMatchObject({ used: { pods: "1" } });
  });
});

describe("an aggregated role", () => {
  it("holds the rules of the roles it selects, and follows them", () => {
    cluster.start(clusterRoleAggregationController);
    const role = (name: string, extra: object): void => void cluster.client.create("rbac.authorization.k8s.io/clusterroles", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name, labels: { part: name.startsWith("part") ? "yes" : "no" } }, ...extra });
    const rule = (resource: string): object => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
    role("whole", { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: "yes" } }] }, rules: [] });
    role("part-b", { rules: [rule("pods")] });
    role("part-a", { rules: [rule("services")] });
    cluster.run(1_000);
    const rules = (): unknown => cluster.client.get("rbac.authorization.k8s.io/clusterroles", undefined, "whole")!["rules"];
    expect(rules()).toEqual([rule("services"), rule("pods")]);
    cluster.client.delete("rbac.authorization.k8s.io/clusterroles", undefined, "part-a");
    cluster.run(1_000);
    expect(rules()).toEqual([rule("pods")]);
  });
});

describe("hand-made endpoints", () => {
  it("are mirrored to slices, and only those", () => {
    cluster.start(endpointSliceMirroringController);
    cluster.client.create("services", { apiVersion: "v1", kind: "Service", metadata: { name: "nas", namespace: "default" }, spec: { ports: [{ port: 80 }] } });
    cluster.client.create("endpoints", { apiVersion: "v1", kind: "Endpoints", metadata: { name: "nas", namespace: "default" }, subsets: [{ addresses: [{ ip: "192.168.1.5" }], ports: [{ port: 5000, protocol: "TCP" }] }] });
    cluster.run(1_000);
    const slices = cluster.client.list("discovery.k8s.io/endpointslices", { namespace: "default", labels: { "kubernetes.io/service-name": "nas" } });
    expect(slices).toHaveLength(1);
    expect(slices[0]).toMatchObject({ addressType: "IPv4", endpoints: [{ addresses: ["192.168.1.5"], conditions: { ready: true } }], ports: [{ name: "", port: 5000, protocol: "TCP" }] });
    expect(cluster.client.list("discovery.k8s.io/endpointslices", { labels: { "kubernetes.io/service-name": "kubernetes" } })).toHaveLength(1);
    cluster.client.delete("endpoints", "default", "nas");
    cluster.run(1_000);
    expect(cluster.client.list("discovery.k8s.io/endpointslices", { labels: { "kubernetes.io/service-name": "nas" } })).toEqual([]);
  });
});
