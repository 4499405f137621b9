import { expect, it } from "vitest";
import { createTestCluster } from "../testing/harness.ts";
import { allControllers, minorOf } from "./all.ts";
import { addNode, runPods } from "./testing/pod-runner.ts";
import { workload } from "./testing/workloads.ts";

it("come to rest together, the same way for the same seed", () => {
  const history = (): string => {
    const cluster = createTestCluster({ seed: "all" });
    for (const reconciler of allControllers({ version: "v1.36.1+k3s1", certificateAuthority: "PEM", podCidrs: ["10.42.0.0/16"], hasMetricsServer: true, podMetrics: { pod: () => undefined }, issueCertificate: () => ({ crt: "", key: "" }) })) cluster.start(reconciler);
    for (const name of ["pi1", "pi2"]) addNode(cluster.client, name);
    runPods(cluster);
    cluster.client.create("apps/deployments", workload("Deployment", "web", { replicas: 3 }));
    cluster.client.create("apps/statefulsets", workload("StatefulSet", "db", { replicas: 2, serviceName: "db" }));
    cluster.client.create("services", { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "default" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
    cluster.run(30_000);
    const before = cluster.client.list("apps/deployments")[0]!.metadata.resourceVersion;
    cluster.run(10_000);
    expect(cluster.client.list("apps/deployments")[0]!.metadata.resourceVersion).toBe(before);
    expect(cluster.client.get("apps/deployments", "default", "web")!["status"].availableReplicas).toBe(3);
    return JSON.stringify(cluster.client.types().flatMap((type) => cluster.client.list(type)));
  };
  expect(history()).toBe(history());
});

it("take their timings from the version", () => {
  expect([minorOf("v1.36.1+k3s1"), minorOf("1.31.0")]).toEqual([36, 31]);
});
