import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JsonObject, KubeObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import { schemaFromCrd } from "../../../objects/schema/schema-from-crd.ts";
import { schemaOf } from "../../../objects/schema/schema-of.ts";
import { ApiError, type StatusCause } from "../status.ts";
import { fieldSet } from "./field-set.ts";
import { resetFieldsOf } from "./reset-fields.ts";
import { applyConflict, serverSideApply, type ApplyResult } from "./server-side-apply.ts";
import { trackUpdate } from "./track-update.ts";

const NOW = "2026-01-01T00:00:00Z";
const LATER = "2026-01-01T00:05:00Z";
const deployments = schemaOf({ group: "apps", version: "v1", kind: "Deployment" })!;
const configMaps = schemaOf({ group: "", version: "v1", kind: "ConfigMap" })!;

const configMap = (data: Record<string, string>, metadata: object = {}): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", ...metadata }, data });

function track(previous: KubeObject | undefined, next: KubeObject, manager: string, now = NOW): KubeObject {
  const managedFields = trackUpdate({ schema: configMaps, previous, next, manager, apiVersion: "v1", now });
  const { managedFields: _, ...metadata } = next.metadata;
  return { ...next, metadata: { ...metadata, uid: "u", ...(managedFields ? { managedFields } : {}) } };
}

function applyMap(live: KubeObject | undefined, config: KubeObject, manager: string, force = false, now = NOW): ApplyResult {
  return serverSideApply({ schema: configMaps, live, config, manager, force, apiVersion: "v1", now });
}

const owners = (object: KubeObject | undefined): Record<string, JsonObject | undefined> =>
  Object.fromEntries((object?.metadata.managedFields ?? []).map((entry) => [`${entry.manager} ${entry.operation}`, entry.fieldsV1]));

describe("trackUpdate", () => {
  it("gives the creator what it set, but not names and type", () => {
    expect(owners(track(undefined, configMap({ a: "1" }, { labels: { x: "y" } }), "kubectl-create"))).toEqual({
      "kubectl-create Update": { "f:data": { ".": {}, "f:a": {} }, "f:metadata": { "f:labels": { ".": {}, "f:x": {} } } },
    });
  });

  it("moves a field to who changes it, and keeps the entry of who changes nothing", () => {
    const created = track(undefined, configMap({ a: "1", b: "2" }), "one");
    const changed = track(created, { ...created, data: { a: "1", b: "3" } }, "two", LATER);
    expect(owners(changed)).toEqual({ "one Update": { "f:data": { ".": {}, "f:a": {} } }, "two Update": { "f:data": { "f:b": {} } } });
    expect(changed.metadata.managedFields!.map((entry) => entry.time)).toEqual([NOW, LATER]);
    expect(trackUpdate({ schema: configMaps, previous: changed, next: { ...changed }, manager: "three", apiVersion: "v1", now: LATER })).toBe(changed.metadata.managedFields);
  });

  it("forgets removed fields, and managers that own nothing", () => {
    const created = track(undefined, configMap({ a: "1" }), "one");
    const { data: _, ...empty } = created;
    expect(track(created, empty as KubeObject, "two").metadata.managedFields).toBeUndefined();
  });

  it("stops tracking when the writer resets, and starts again only with an apply", () => {
    const created = track(undefined, configMap({ a: "1" }), "one");
    const reset = track(created, { ...created, metadata: { ...created.metadata, managedFields: [{}] } }, "one");
    expect(reset.metadata.managedFields).toBeUndefined();
    expect(track(reset, { ...reset, data: { a: "2" } }, "two").metadata.managedFields).toBeUndefined();
    const applied = applyMap(reset, configMap({ b: "1" }), "three");
    expect(Object.keys(owners(applied.object))).toEqual(["three Apply", "before-first-apply Update"]);
  });

  it("merges the oldest of more than ten Update managers", () => {
    let object = track(undefined, configMap({ k: "1" }), "creator");
    for (let index = 0; index < 12; index++) {
      object = track(object, { ...object, data: { ...object["data"], [`k${index}`]: "1" } }, `m${index}`, `2026-01-01T00:00:${String(10 + index)}Z`);
    }
    const entries = object.metadata.managedFields!;
    expect(entries).toHaveLength(10);
    expect(entries[0]).toMatchObject({ manager: "ancient-changes", operation: "Update" });
    expect(Object.keys((entries[0]!.fieldsV1 as { "f:data": JsonObject })["f:data"])).toEqual([".", "f:k", "f:k0", "f:k1", "f:k2"]);
  });

  it("has no time for what came through scale, and so sorts it first", () => {
    const created = track(undefined, configMap({ a: "1" }), "one");
    const scaled = trackUpdate({ schema: configMaps, previous: created, next: { ...created, data: { a: "2" } }, manager: "kubectl", apiVersion: "v1", subresource: "scale", now: LATER });
    expect(scaled).toEqual([
      { manager: "kubectl", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: { "f:data": { "f:a": {} } }, subresource: "scale" },
      expect.objectContaining({ manager: "one", time: NOW }),
    ]);
  });

  it("never gives what the endpoint resets", () => {
    const next: KubeObject = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec: { replicas: 1 }, status: { replicas: 3 } };
    const resetFields = resetFieldsOf({ group: "apps", plural: "deployments", schema: deployments, hasStatus: true }, "");
    expect(resetFields).toEqual(fieldSet(["f:status"]));
    const [entry] = trackUpdate({ schema: deployments, previous: undefined, next, manager: "m", apiVersion: "apps/v1", now: NOW, resetFields })!;
    expect(entry!.fieldsV1).toEqual({ "f:spec": { "f:replicas": {} } });
  });
});

describe("serverSideApply", () => {
  it("creates, owning what the configuration names", () => {
    const { object } = applyMap(undefined, configMap({ a: "1" }), "alice");
    expect(object).toMatchObject({ data: { a: "1" } });
    expect(owners(object)).toEqual({ "alice Apply": { "f:data": { "f:a": {} } } });
  });

  it("refuses to take another's value, names the field, and takes it by force", () => {
    const live = track(undefined, configMap({ a: "1", b: "1" }), "kubectl");
    const refused = applyMap(live, configMap({ a: "2" }), "alice");
    expect(refused.object).toBeUndefined();
    const error = applyConflict(refused.conflicts);
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.a');
    expect(error.status.details).toEqual({ causes: [{ reason: "FieldManagerConflict", message: 'conflict with "kubectl" using v1', field: ".data.a" }] });
    const forced = applyMap(live, configMap({ a: "2" }), "alice", true);
    expect(forced.object).toMatchObject({ data: { a: "2", b: "1" } });
    expect(owners(forced.object)).toEqual({ "alice Apply": { "f:data": { "f:a": {} } }, "kubectl Update": { "f:data": { ".": {}, "f:b": {} } } });
  });

  it("lists several conflicts by manager", () => {
    let live = track(undefined, configMap({ a: "1", b: "1" }), "two");
    live = track(live, { ...live, data: { a: "1", b: "1", c: "1" } }, "one");
    const { conflicts } = applyMap(live, configMap({ a: "2", b: "2", c: "2" }), "alice");
    expect(applyConflict(conflicts).message).toBe(
      'Apply failed with 3 conflicts: conflicts with "one" using v1:\n- .data.c\nconflicts with "two" using v1:\n- .data.a\n- .data.b',
    );
  });

  it("shares a field with the same value, and leaves the time of what did not change", () => {
    const live = applyMap(undefined, configMap({ a: "1" }), "alice").object!;
    const shared = applyMap(live, configMap({ a: "1" }), "bob", false, LATER);
    expect(shared.changed).toBe(false);
    expect(owners(shared.object)).toEqual({ "alice Apply": { "f:data": { "f:a": {} } }, "bob Apply": { "f:data": { "f:a": {} } } });
    const again = applyMap(live, configMap({ a: "1" }), "alice", false, LATER);
    expect(again.object!.metadata.managedFields).toEqual(live.metadata.managedFields);
  });

  it("removes what the applier drops, unless someone shares it", () => {
    let live = applyMap(undefined, configMap({ a: "1", b: "1", c: "1" }), "alice").object!;
    live = applyMap(live, configMap({ b: "1" }), "bob").object!;
    live = applyMap(live, configMap({ a: "1" }), "alice").object!;
    expect(live["data"]).toEqual({ a: "1", b: "1" });
    expect(owners(live)).toEqual({ "alice Apply": { "f:data": { "f:a": {} } }, "bob Apply": { "f:data": { "f:b": {} } } });
  });

  it("removes a list item only when nobody else owns anything in it", () => {
    const service = schemaOf({ group: "", version: "v1", kind: "Service" })!;
    const svc = (ports: object[]): KubeObject => ({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports } });
    const run = (live: KubeObject | undefined, config: KubeObject, manager: string): KubeObject =>
      serverSideApply({ schema: service, live, config, manager, force: true, apiVersion: "v1", now: NOW }).object!;
    let live = run(undefined, svc([{ port: 80 }, { port: 443, name: "tls" }, { port: 53, protocol: "UDP" }]), "alice");
    live = run(live, svc([{ port: 443, protocol: "TCP", targetPort: 8443 }]), "bob");
    live = run(live, svc([{ port: 80 }]), "alice");
    expect(live["spec"].ports).toEqual([{ port: 80 }, { port: 443, protocol: "TCP", targetPort: 8443 }]);
  });

  it("keeps kubectl's own client-side fields from conflicting, and its annotation in step", () => {
    const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
    const text = `${JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { annotations: {}, name: "c" }, data: { a: "1" } })}\n`;
    const live = track(undefined, configMap({ a: "1" }, { annotations: { [lastApplied]: text } }), "kubectl-client-side-apply");
    expect(applyMap(live, configMap({ a: "2" }), "other").conflicts).toHaveLength(1);
    const taken = applyMap(live, configMap({ a: "2" }), "kubectl");
    expect(taken.object!["data"]).toEqual({ a: "2" });
    expect(JSON.parse(taken.object!.metadata.annotations![lastApplied]!)).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "2" } });
  });

  it.each([
    [{ spec: { bogus: 1 } }, "failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.bogus: field not declared in schema"],
    [{ spec: { replicas: "x" } }, "failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string"],
    [
      { spec: { template: { spec: { containers: [{ name: "a" }, { name: "a" }] } } } },
      'failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="a"]',
    ],
    [{ metadata: { name: "d", managedFields: [] } }, "metadata.managedFields must be nil"],
  ])("refuses %j", (more, message) => {
    const config = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, ...more } as KubeObject;
    expect(() => serverSideApply({ schema: deployments, live: undefined, config, manager: "m", force: false, apiVersion: "apps/v1", now: NOW })).toThrow(message);
  });

  it("follows a custom resource's list keys, and keeps unknown parts of preserved ones", () => {
    const schema = schemaFromCrd({
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: {
            items: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"], items: { type: "object", properties: { id: { type: "string" }, v: { type: "integer" } } } },
            free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      },
    });
    const thing = (spec: object): KubeObject => ({ apiVersion: "example.dev/v1", kind: "Thing", metadata: { name: "t" }, spec });
    const run = (live: KubeObject | undefined, config: KubeObject, manager: string): KubeObject =>
      serverSideApply({ schema, live, config, manager, force: false, apiVersion: "example.dev/v1", now: NOW }).object!;
    let live = run(undefined, thing({ items: [{ id: "a", v: 1 }], free: { x: { y: 1 } } }), "alice");
    live = run(live, thing({ items: [{ id: "b", v: 2 }], free: { z: [1] } }), "bob");
    expect(live["spec"]).toEqual({ items: [{ id: "a", v: 1 }, { id: "b", v: 2 }], free: { x: { y: 1 }, z: [1] } });
    expect(owners(live)["alice Apply"]).toEqual({ "f:spec": { "f:free": { "f:x": { ".": {}, "f:y": {} } }, "f:items": { 'k:{"id":"a"}': { ".": {}, "f:id": {}, "f:v": {} } } } });
  });
});

interface Recorded {
  history: string;
  resource?: { group: string; version: string; kind: string; plural: string; hasStatus: boolean };
  verb: string;
  manager: string;
  sub?: string;
  force?: boolean;
  config?: KubeObject;
  after: KubeObject & { causes?: StatusCause[]; message?: string };
}

// What a real API server 1.36.3 answered, step by step. Creates of Services and Pods are left out: their later defaults are owned by nobody.
describe("recorded histories", () => {
  const rows = readFileSync(new URL("./recorded-histories.jsonl", import.meta.url), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Recorded);
  const timeless = (entries: readonly ManagedFieldsEntry[] | undefined): object[] => (entries ?? []).map(({ time: _, ...entry }) => entry);
  const state: { live?: KubeObject; resource?: NonNullable<Recorded["resource"]> } = {};

  it.each(rows.map((row, index) => [index, row.history, row.verb, row.manager, row] as const))("%i %s: %s by %s", (_, __, ___, ____, row) => {
    if (row.resource) {
      state.resource = row.resource;
      delete state.live;
    }
    const { live, resource } = state;
    const schema = schemaOf(resource!)!;
    const { after } = row;
    const subresource = row.sub ?? "";
    const shared = { schema, manager: row.manager, apiVersion: after.apiVersion ?? row.config!.apiVersion, subresource, resetFields: resetFieldsOf({ ...resource!, schema }, subresource) };
    if (after.kind === "Status") {
      const outcome = attempt(() => serverSideApply({ ...shared, apiVersion: row.config!.apiVersion, live, config: row.config!, force: row.force ?? false, now: NOW }));
      expect(outcome).toEqual({ message: after.message, causes: after.causes });
      return;
    }
    const now = after.metadata.managedFields?.map((entry) => entry.time ?? "").sort().at(-1) ?? NOW;
    state.live = after;
    if (row.verb === "apply") {
      const { object } = serverSideApply({ ...shared, live, config: row.config!, force: row.force ?? false, now });
      expect(timeless(object?.metadata.managedFields)).toEqual(timeless(after.metadata.managedFields));
      expect(object!.metadata.managedFields!.map((entry) => entry.time !== undefined)).toEqual(after.metadata.managedFields!.map((entry) => entry.time !== undefined));
    } else if (live !== undefined && after.metadata.managedFields !== undefined) {
      const next = { ...after, metadata: { ...after.metadata, managedFields: live.metadata.managedFields } } as KubeObject;
      expect(timeless(trackUpdate({ ...shared, previous: live, next, now }))).toEqual(timeless(after.metadata.managedFields));
    }
  });

  function attempt(run: () => ApplyResult): { message?: string; causes?: StatusCause[] } {
    try {
      const error = applyConflict(run().conflicts);
      return { message: error.message, causes: error.status.details!.causes };
    } catch (error) {
      if (error instanceof ApiError) return { message: error.message, causes: error.status.details?.causes };
      throw error;
    }
  }
});
