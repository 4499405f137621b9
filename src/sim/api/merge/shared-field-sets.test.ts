import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { applyDefaults } from "../defaults/apply-defaults.ts";
import { createTestCluster } from "../../testing/harness.ts";
import { EMPTY, type FieldSet, shared, start } from "./shared-field-sets.ts";

describe("shared field sets", () => {
  it("give equal sets one identity, whatever the order of their elements, and put them in upstream's", () => {
    const first = shared({ "f:data": { "f:b": {}, "f:a": {}, ".": {} }, "f:a": {} });
    expect(shared({ "f:a": {}, "f:data": { ".": {}, "f:a": {}, "f:b": {} } })).toBe(first);
    expect(JSON.stringify(first)).toBe('{"f:a":{},"f:data":{".":{},"f:a":{},"f:b":{}}}');
    expect(shared(first)).toBe(first);
    expect(shared({ "f:spec": {} })).toEqual({ "f:spec": {} });
  });

  it("tell a member with children from a node above members", () => {
    const [member, above] = [shared({ "f:a": { ".": {}, "f:b": {} } }), shared({ "f:a": { "f:b": {} } })];
    expect(member).toEqual({ "f:a": { ".": {}, "f:b": {} } });
    expect(above).toEqual({ "f:a": { "f:b": {} } });
    expect(shared({ "f:a": { ".": {} } })).toBe(shared({ "f:a": {} }));
    expect(shared({})).toBe(EMPTY);
  });

  it("share the parts of sets that differ", () => {
    const of = (ip: string): FieldSet => ({ "f:status": { "f:phase": {}, "f:podIPs": { [`k:{"ip":"${ip}"}`]: { ".": {}, "f:ip": {} } } } });
    const [first, second] = [shared(of("10.0.0.1")), shared(of("10.0.0.2"))];
    expect([first, second]).toEqual([of("10.0.0.1"), of("10.0.0.2")]);
    const leafOf = (set: FieldSet, ip: string): FieldSet => set["f:status"]!["f:podIPs"]![`k:{"ip":"${ip}"}`]!;
    expect(leafOf(first, "10.0.0.1")).toBe(leafOf(second, "10.0.0.2"));
  });

  it("are the ones that a way leads to, and stay right when ways were forgotten", () => {
    const wanted = { "f:a": {}, "f:z": { ".": {}, "f:x": {} } };
    const set = shared(wanted);
    const lead = (): FieldSet => start().with("f:z", start().with("f:x", EMPTY).set(true)).with("f:a", EMPTY).set(false);
    expect(lead()).toBe(set);
    for (let index = 0; index < 25_000; index++) shared({ [`f:number-${index}`]: {} });
    expect(lead()).toEqual(wanted);
    expect(Object.keys(lead())).toEqual(["f:a", "f:z"]);
    expect(shared(wanted)).toBe(lead());
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

  it("has events in the form that decoding and defaulting give, as they are stored without", () => {
    const { client } = createTestCluster();
    const about = client.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } });
    client.event(about, { type: "Normal", reason: "Tried", message: "", component: "test" });
    client.event({ apiVersion: "", kind: "", metadata: { name: "b", namespace: "default" } }, { type: "Warning", reason: "Failed", message: "all of it", component: "test", host: "pi1", fieldPath: "spec.containers{web}", action: "Binding" });
    const events = client.list("events", { namespace: "default" });
    expect(events).toHaveLength(2);
    for (const event of events) {
      const normal = structuredClone(event);
      applyDefaults(normal);
      expect(event).toStrictEqual(normal);
    }
  });
});
