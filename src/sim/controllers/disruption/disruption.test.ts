import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { deploymentController } from "../deployment/deployment.ts";
import { replicaSetController } from "../replica-set.ts";
import type { Pod } from "../shapes.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout, podTemplate, workload } from "../testing/workloads.ts";
import { disruptionController, type DisruptionBudget } from "./disruption.ts";

let cluster: TestCluster;
const status = (): DisruptionBudget["status"] => cluster.client.get<DisruptionBudget>("policy/poddisruptionbudgets", "default", "web")!.status;

function budget(spec: object): void {
  cluster.client.create("policy/poddisruptionbudgets", { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web", namespace: "default" }, spec: { selector: { matchLabels: { app: "web" } }, ...spec } });
}

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
  for (const reconciler of [deploymentController, replicaSetController(), disruptionController]) cluster.start(reconciler);
  runPods(cluster);
});

describe("a disruption budget", () => {
  it("counts by the scale of the owners", () => {
    cluster.client.create("apps/deployments", workload("Deployment", "web", { replicas: 3 }));
    budget({ maxUnavailable: 1 });
    cluster.run(10_000);
    expect(status()).toMatchObject({ observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 });
    expect(status()!.conditions).toMatchObject([{ type: "DisruptionAllowed", status: "True", reason: "SufficientPods", message: "", observedGeneration: 1 }]);
  });

  it("lets one pod go, then no more until its replacement is ready", () => {
    cluster.client.create("apps/deployments", workload("Deployment", "web", { replicas: 2 }));
    budget({ minAvailable: "50%" });
    cluster.run(10_000);
    const [first, second] = cluster.client.list<Pod>("pods", { namespace: "default" });
    cluster.client.evict("default", first!.metadata.name);
    expect(() => cluster.client.evict("default", second!.metadata.name)).toThrow(/disruption budget/);
    cluster.run(100);
    expect(status()).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 2 });
    cluster.run(10_000);
    expect(status()).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 2 });
    expect(status()!.disruptedPods).toBeUndefined();
  });

  it("blocks everything when it asks for as many as there are", () => {
    cluster.client.create("apps/deployments", workload("Deployment", "web", { replicas: 1 }));
    budget({ minAvailable: 1 });
    cluster.run(10_000);
    expect(status()).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 });
    expect(status()!.conditions![0]).toMatchObject({ status: "False", reason: "InsufficientPods" });
  });

  it("says when it cannot count", () => {
    cluster.client.create("pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "lone", namespace: "default", labels: { app: "web" } }, spec: podTemplate("web").spec });
    budget({ maxUnavailable: 1 });
    cluster.run(10_000);
    expect(eventsAbout(cluster.client, "PodDisruptionBudget", "web").join("\n")).toContain("UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged.");
  });
});
