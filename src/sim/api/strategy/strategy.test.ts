import { describe, expect, test } from "vitest";
import { cloneJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { applyDefaults } from "../defaults/apply-defaults.ts";
import { hasStatusSubresource, prepareForCreate, prepareForUpdate } from "./strategy.ts";

const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "x", image: "nginx" }] } };

function created(object: object, uid = "u1"): KubeObject {
  const fresh = cloneJson(object) as KubeObject;
  applyDefaults(fresh);
  fresh.metadata.uid = uid;
  prepareForCreate(fresh);
  return fresh;
}

const deployment = (): KubeObject =>
  created({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d", generation: 9 }, spec: { selector: { matchLabels: { a: "b" } }, template }, status: { replicas: 4 } });

describe("creation", () => {
  test("clears the status and starts at generation 1", () => {
    const made = deployment();
    expect(made.status).toEqual({});
    expect(made.metadata.generation).toBe(1);
  });

  test("a job selects its pods by its uid", () => {
    const job = created({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" }, spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } } });
    expect(job.spec.selector).toEqual({ matchLabels: { "batch.kubernetes.io/controller-uid": "u1" } });
    expect(job.spec.template.metadata.labels).toEqual({
      "batch.kubernetes.io/controller-uid": "u1",
      "batch.kubernetes.io/job-name": "j",
      "controller-uid": "u1",
      "job-name": "j",
    });
  });

  test.each([
    [{}, "BestEffort"],
    [{ requests: { cpu: "1" } }, "Burstable"],
    [{ limits: { cpu: "1", memory: "1Gi" } }, "Guaranteed"],
  ])("a pod with %j is %s", (resources, expected) => {
    const pod = created({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "x", image: "nginx", resources }] } });
    expect(pod.status).toEqual({ phase: "Pending", qosClass: expected });
  });
});

describe("updates", () => {
  test("a changed spec counts the generation up and keeps the status", () => {
    const old = deployment();
    old.status = { replicas: 1 };
    const next = cloneJson(old);
    next.spec.replicas = 7;
    next.status = { replicas: 99 };
    prepareForUpdate(next, old, "");
    expect(next.metadata.generation).toBe(2);
    expect(next.status).toEqual({ replicas: 1 });
  });

  test("a changed label does not", () => {
    const old = deployment();
    const next = cloneJson(old);
    next.metadata.labels = { x: "y" };
    prepareForUpdate(next, old, "");
    expect(next.metadata.generation).toBe(1);
  });

  test("the status subresource keeps the spec", () => {
    const old = deployment();
    const next = cloneJson(old);
    next.spec.replicas = 7;
    next.status = { replicas: 3 };
    prepareForUpdate(next, old, "status");
    expect(next.spec.replicas).toBe(1);
    expect(next.status).toEqual({ replicas: 3 });
    expect(next.metadata.generation).toBe(1);
  });
});

test("which kinds have a status subresource", () => {
  expect(hasStatusSubresource("", "pods")).toBe(true);
  expect(hasStatusSubresource("apps", "deployments")).toBe(true);
  expect(hasStatusSubresource("", "configmaps")).toBe(false);
  expect(hasStatusSubresource("", "secrets")).toBe(false);
});
