import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { createTestCluster } from "../../testing/harness.ts";
import { list } from "../http/list.ts";
import type { ResourceType } from "../resource-types.ts";

const EVENT = {
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: "e", namespace: "default" },
  regarding: { kind: "Pod", name: "web", namespace: "default" },
  eventTime: "2026-01-01T00:00:00.000000Z",
  note: "hello",
  type: "Normal",
  action: "Greet",
  reason: "Greeted",
  reportingController: "example.com/greeter",
  reportingInstance: "greeter-0",
} as KubeObject;

describe("an event", () => {
  const { registry } = createTestCluster();
  const context = { user: { name: "admin", groups: [] }, dryRun: false, fieldManager: "test", warnings: [] } as never;
  const type = (group: string): ResourceType => registry.types.byPath(group, "v1", "events")!;
  registry.create(type("events.k8s.io"), "default", structuredClone(EVENT), context);
  const select = (group: string, field: string): number => list(registry, type(group), "default", new URLSearchParams({ fieldSelector: field })).items.length;

  it("is one thing, whichever of its two groups it came by", () => {
    expect(registry.stored(type(""), "default", "e")).toMatchObject({ apiVersion: "v1", involvedObject: { name: "web" }, message: "hello", reportingComponent: "example.com/greeter" });
    expect(registry.get(type("events.k8s.io"), "default", "e")).toMatchObject(EVENT);
  });

  it("is selected by the fields of the group that is asked, and by its reporter where it names no source", () => {
    expect(select("", "involvedObject.name=web,reportingComponent=example.com/greeter")).toBe(1);
    expect(select("", "source=example.com/greeter")).toBe(1);
    expect(select("events.k8s.io", "regarding.name=web,reportingController=example.com/greeter")).toBe(1);
    expect(() => select("events.k8s.io", "involvedObject.name=web")).toThrow("field label not supported: involvedObject.name");
    expect(() => select("", "regarding.name=web")).toThrow("field label not supported: regarding.name");
  });
});
