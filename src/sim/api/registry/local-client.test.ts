import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { createTestCluster } from "../../testing/harness.ts";

const pod = (): KubeObject => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "default", labels: { app: "web" } }, spec: { schedulerName: "nobody", containers: [{ name: "web", image: "ghcr.io/example/web:1.0.0" }] } });

describe("the client of the parts inside", () => {
  it("keeps with a new status everything else of the stored object, by reference", () => {
    const { client } = createTestCluster();
    const before = client.create("pods", pod());
    const text = JSON.stringify(before);
    const status = { ...before["status"], phase: "Running", conditions: [{ type: "Ready", status: "True", lastProbeTime: null, lastTransitionTime: null }] };
    const after = client.updateStatus<KubeObject>("pods", { ...before, status });
    expect(after["status"]).toMatchObject({ phase: "Running", conditions: [{ type: "Ready", status: "True" }] });
    expect(after["spec"]).toBe(before["spec"]);
    expect(after.metadata.labels).toBe(before.metadata.labels);
    expect(JSON.stringify(before)).toBe(text);
  });

  it("copies the status it is given: its writer may go on changing it", () => {
    const { client } = createTestCluster();
    const before = client.create("pods", pod());
    const status = { ...before["status"], conditions: [{ type: "Ready", status: "True", lastProbeTime: null, lastTransitionTime: null }] };
    client.updateStatus("pods", { ...before, status });
    status.conditions[0]!.status = "False";
    expect(client.get("pods", "default", "web")!["status"].conditions[0].status).toBe("True");
  });

  it("shares with a bound pod what the binding does not change", () => {
    const { client } = createTestCluster();
    const before = client.create("pods", pod());
    const text = JSON.stringify(before);
    client.bind("default", "web", "node-1");
    const after = client.get("pods", "default", "web")!;
    expect(after["spec"]).toEqual({ ...before["spec"], nodeName: "node-1" });
    expect(after["spec"].containers).toBe(before["spec"].containers);
    expect(JSON.stringify(before)).toBe(text);
  });

  it.each<[string, KubeObject, object]>([
    ["a Service that gives its node port back", { apiVersion: "v1", kind: "Service", metadata: { name: "it", namespace: "default" }, spec: { type: "NodePort", ports: [{ port: 80 }] } }, { spec: { type: "ClusterIP" } }],
    ["an autoscaler whose size changes", { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata: { name: "it", namespace: "default" }, spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, behavior: { scaleUp: { stabilizationWindowSeconds: 5 } } } }, { spec: { maxReplicas: 4 } }],
  ])("changes nothing of what was stored: %s", (_, object, patch) => {
    const { client } = createTestCluster();
    const type = object.kind === "Service" ? "services" : "autoscaling/horizontalpodautoscalers";
    const before = freezeAll(client.create(type, object));
    const after = client.patch(type, "default", "it", patch);
    expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
  });
});

/** What is changed in place throws. */
function freezeAll<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(freezeAll);
  return value;
}
