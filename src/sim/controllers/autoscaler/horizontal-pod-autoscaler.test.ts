import { beforeEach, describe, expect, it } from "vitest";
import { createTestCluster, type TestCluster } from "../../testing/harness.ts";
import { deploymentController } from "../deployment/deployment.ts";
import { replicaSetController } from "../replica-set.ts";
import { addNode, runPods } from "../testing/pod-runner.ts";
import { eventsAbout, podTemplate, workload } from "../testing/workloads.ts";
import { timingsFor } from "../timings.ts";
import type { Autoscaler } from "./autoscaler-shape.ts";
import { horizontalPodAutoscalerController } from "./horizontal-pod-autoscaler.ts";

let cluster: TestCluster;
/** Milli cpu of the whole app, shared by its pods. */
let load: number | undefined;

const replicas = (): number => cluster.client.get("apps/deployments", "default", "web")!["spec"].replicas as number;
const autoscaler = (): Autoscaler => cluster.client.get<Autoscaler>("autoscaling/horizontalpodautoscalers", "default", "web")!;
const condition = (type: string): string => {
  const found = autoscaler().status!.conditions!.find((one) => one.type === type)!;
  return `${found.status} ${found.reason}`;
};

beforeEach(() => {
  cluster = createTestCluster();
  addNode(cluster.client, "pi1");
  load = 100;
  const metrics = {
    pod: () => {
      const count = cluster.client.list("pods", { namespace: "default" }).length;
      return load === undefined ? undefined : { containers: [{ name: "web", cpuMilli: load / Math.max(1, count), memoryBytes: 64 << 20 }] };
    },
  };
  for (const reconciler of [deploymentController, replicaSetController(), horizontalPodAutoscalerController(metrics, timingsFor(36))]) cluster.start(reconciler);
  runPods(cluster);
  const template = podTemplate("web");
  const [container] = (template.spec as { containers: object[] }).containers;
  const spec = { replicas: 2, template: { ...template, spec: { containers: [{ ...container, resources: { requests: { cpu: "100m" } } }] } } };
  cluster.client.create("apps/deployments", workload("Deployment", "web", spec));
  cluster.run(400_000);
});

function autoscale(extra: object = {}): void {
  const metrics = [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }];
  cluster.client.create("autoscaling/horizontalpodautoscalers", {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, minReplicas: 2, maxReplicas: 10, metrics, ...extra },
  });
  cluster.run(1_000);
}

describe("a horizontal pod autoscaler", () => {
  it("rests at its target", () => {
    autoscale();
    cluster.run(60_000);
    expect(replicas()).toBe(2);
    expect(autoscaler().status).toMatchObject({ currentReplicas: 2, desiredReplicas: 2, currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 50, averageValue: "50m" } } }] });
    expect([condition("AbleToScale"), condition("ScalingActive"), condition("ScalingLimited")]).toEqual(["True ReadyForNewScale", "True ValidMetricFound", "False DesiredWithinRange"]);
  });

  it("grows with the load, and shrinks 5 minutes after it has gone", () => {
    autoscale();
    load = 300;
    cluster.run(20_000);
    // The limit of one step: twice as many, at least four.
    expect(replicas()).toBe(4);
    expect(eventsAbout(cluster.client, "HorizontalPodAutoscaler", "web")).toContain("SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target");
    cluster.run(400_000);
    expect(replicas()).toBe(6);
    load = 100;
    cluster.run(250_000);
    expect(replicas()).toBe(6);
    expect(condition("AbleToScale")).toBe("True ScaleDownStabilized");
    cluster.run(100_000);
    expect(replicas()).toBe(2);
  });

  it("ignores what is within the tolerance", () => {
    autoscale();
    load = 109;
    cluster.run(60_000);
    expect(replicas()).toBe(2);
  });

  it("never exceeds its limits", () => {
    autoscale({ maxReplicas: 3 });
    load = 10_000;
    cluster.run(60_000);
    expect(replicas()).toBe(3);
    expect(condition("ScalingLimited")).toBe("True TooManyReplicas");
  });

  it("obeys its behaviour", () => {
    autoscale({ behavior: { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } } });
    load = 1_000;
    cluster.run(20_000);
    expect(replicas()).toBe(3);
    cluster.run(30_000);
    expect(replicas()).toBe(3);
    expect(condition("ScalingLimited")).toBe("True ScaleUpLimit");
  });

  it("says so when there are no metrics", () => {
    load = undefined;
    autoscale();
    cluster.run(20_000);
    expect(condition("ScalingActive")).toBe("False FailedGetResourceMetric");
    expect(eventsAbout(cluster.client, "HorizontalPodAutoscaler", "web")[0]).toMatch(/^FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API/);
  });
});
