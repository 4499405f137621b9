import { describe, expect, it } from "vitest";
import type { KubeObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import { createTestCluster } from "../../testing/harness.ts";
import { SharedFieldSets } from "./shared-field-sets.ts";

const entry = (field: string): ManagedFieldsEntry => ({ manager: "m", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { [`f:${field}`]: {} } });

describe("shared field sets", () => {
  it("gives equal sets one identity and leaves the rest of an entry alone", () => {
    const sets = new SharedFieldSets();
    const [first] = sets.share([entry("data")], undefined);
    const [second] = sets.share([{ ...entry("data"), manager: "other", time: "2026-01-01T00:00:00Z" }], undefined);
    expect(second!.fieldsV1).toBe(first!.fieldsV1);
    expect(second).toEqual({ ...entry("data"), manager: "other", time: "2026-01-01T00:00:00Z" });
    expect(sets.share([entry("spec")], undefined)[0]!.fieldsV1).toEqual({ "f:spec": {} });
  });

  it("shares the parts of sets that differ", () => {
    const sets = new SharedFieldSets();
    const of = (ip: string): ManagedFieldsEntry => ({ ...entry(""), fieldsV1: { "f:status": { "f:phase": {}, "f:podIPs": { [`k:{"ip":"${ip}"}`]: { ".": {}, "f:ip": {} } } } } });
    const [first] = sets.share([of("10.0.0.1")], undefined);
    const [second] = sets.share([of("10.0.0.2")], undefined);
    expect([first, second]).toEqual([of("10.0.0.1"), of("10.0.0.2")]);
    const leafOf = (shared: ManagedFieldsEntry | undefined, ip: string): unknown => (shared!.fieldsV1 as Record<string, Record<string, Record<string, unknown>>>)["f:status"]!["f:podIPs"]![`k:{"ip":"${ip}"}`];
    expect(leafOf(first, "10.0.0.1")).toBe(leafOf(second, "10.0.0.2"));
  });

  it("keeps entries that did not change as they are", () => {
    const sets = new SharedFieldSets();
    const before = sets.share([entry("data")], undefined);
    expect(sets.share(before, before)).toBe(before);
    const next = sets.share([before[0]!, entry("status")], before);
    expect(next[0]).toBe(before[0]);
  });

  it("is shared by alike objects of one cluster", () => {
    const { client } = createTestCluster();
    const make = (name: string): KubeObject => client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { key: name } });
    const [a, b] = [make("a"), make("b")];
    expect(a.metadata.managedFields![0]!.fieldsV1).toEqual({ "f:data": { ".": {}, "f:key": {} } });
    expect(b.metadata.managedFields![0]!.fieldsV1).toBe(a.metadata.managedFields![0]!.fieldsV1);
  });

  it("gives an event the same owner whether its set was computed or known", () => {
    const { client, run } = createTestCluster();
    const [a, b] = ["a", "b"].map((name) => client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } }));
    const tell = (about: KubeObject): void => client.event(about, { type: "Normal", reason: "Tried", message: "said once", component: "test" });
    tell(a!);
    run(5_000);
    tell(b!);
    const [first, second] = client.list("events", { namespace: "default" }).map((event) => event.metadata.managedFields!);
    expect(second).toEqual([{ ...first![0]!, time: "2026-01-01T00:00:05Z" }]);
    expect(second![0]!.fieldsV1).toHaveProperty("f:involvedObject");
  });
});
