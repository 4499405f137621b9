import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RESOURCES } from "../../../objects/schema/resource-facts.ts";
import { applyDefaults } from "../defaults/apply-defaults.ts";
import { prepareForCreate } from "../strategy/strategy.ts";
import { invalid } from "../status.ts";
import { validateCreate, validateUpdate } from "./validate.ts";

/** What a real API server (1.36.3) answered to each object; no message when it took it. */
const recorded = readFileSync(new URL("./recorded-validation.jsonl", import.meta.url), "utf8").trim().split("\n").map((line) => JSON.parse(line));
const CLUSTER_SCOPED = new Set(RESOURCES.filter(({ namespaced }) => !namespaced).map(({ kind }) => kind));
const UID = "11111111-2222-3333-4444-555555555555";

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? apiVersion.split("/")[0]! : "");
const normal = (text: string): string => text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UID");

// eslint-disable-next-line @typescript-eslint/no-explicit-any
function stored(object: any): any {
  const fresh = structuredClone(object);
  applyDefaults(fresh);
  Object.assign(fresh.metadata, { uid: UID, creationTimestamp: "2026-01-01T00:00:00Z" });
  if (!CLUSTER_SCOPED.has(fresh.kind)) fresh.metadata.namespace ??= "default";
  if (fresh.kind === "Pod") fresh.spec.serviceAccountName ??= "default";
  prepareForCreate(fresh);
  return fresh;
}

describe("creation is judged as by a real API server", () => {
  test.each(recorded.map((entry, index) => [`${index} ${entry.object.kind}: ${entry.message?.slice(0, 80) ?? "valid"}`, entry]))("%s", (_name, { object, message, causes }) => {
    const fresh = stored(object);
    const errors = validateCreate(fresh);
    if (message === undefined) {
      expect(errors).toEqual([]);
      return;
    }
    const { status } = invalid(object.kind, groupOf(object.apiVersion), fresh.metadata.name ?? "", errors);
    expect(normal(status.message!)).toBe(message);
    expect(status.details!.causes!.map(({ reason, field }) => [reason, field])).toEqual(causes);
  });
});

const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "x", image: "nginx" }] } };
const workload = (kind: string, spec: object = {}): object => ({ apiVersion: "apps/v1", kind, metadata: { name: "w" }, spec: { selector: { matchLabels: { a: "b" } }, template, ...spec } });

describe("updates", () => {
  const pod = stored({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: template.spec });
  const changed = (change: (spec: typeof pod.spec) => void): string[] => {
    const next = structuredClone(pod);
    next.metadata.resourceVersion = "1";
    change(next.spec);
    return validateUpdate(next, pod, "").map(({ field, body }) => `${field}: ${body}`);
  };

  test("a pod's image may change", () => {
    expect(changed((spec) => (spec.containers[0].image = "nginx:2"))).toEqual([]);
  });

  test("the rest of a pod's spec may not, and the diff is shown", () => {
    const [error, ...others] = changed((spec) => (spec.nodeSelector = { a: "b" }));
    expect(others).toEqual([]);
    expect(error).toContain("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations)");
    expect(error).toContain('- "NodeSelector": null,\n+ "NodeSelector": {\n+  "a": "b"\n+ },\n');
  });

  test("containers may be neither added nor removed", () => {
    expect(changed((spec) => spec.containers.push({ ...spec.containers[0], name: "y" }))[0]).toContain("pod updates may not add or remove containers");
  });

  test("a deployment's selector is immutable", () => {
    const old = stored(workload("Deployment"));
    const next = stored(workload("Deployment", { selector: { matchLabels: { c: "d" } }, template: { ...template, metadata: { labels: { c: "d" } } } }));
    next.metadata.resourceVersion = "1";
    expect(validateUpdate(next, old, "").map(({ body }) => body)).toEqual(['Invalid value: {"matchLabels":{"c":"d"}}: field is immutable']);
  });

  test("a stateful set's service name is not among what may change", () => {
    const old = stored(workload("StatefulSet", { serviceName: "x" }));
    const next = stored(workload("StatefulSet", { serviceName: "y" }));
    next.metadata.resourceVersion = "1";
    expect(validateUpdate(next, old, "")[0]!.body).toMatch(/^Forbidden: updates to statefulset spec for fields other than 'replicas', /);
  });
});
