import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../objects/kube-object.ts";
import { schemaOf } from "../../../objects/schema/schema-of.ts";
import { ApiError } from "../status.ts";
import { strategicMergePatch } from "./strategic-merge-patch.ts";

const schema = schemaOf({ group: "apps", version: "v1", kind: "Deployment" })!;
const web = { name: "web", image: "nginx:1", args: ["a", "b"], env: [{ name: "A", value: "1" }, { name: "B", value: "2" }], ports: [{ containerPort: 80 }] };
const side = { name: "side", image: "side:1" };
const live = {
  metadata: { labels: { a: "1", b: "2" }, finalizers: ["x/1", "x/2"] },
  spec: {
    replicas: 2,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
    template: { spec: { containers: [web, side], volumes: [{ name: "v", emptyDir: {} }], tolerations: [{ key: "a" }], nodeSelector: { x: "y" } } },
  },
};
const pod = (spec: object): JsonValue => ({ spec: { template: { spec } } }) as JsonValue;
const apply = (patch: JsonValue): typeof live => strategicMergePatch(schema, live, patch);
const podOf = (patch: JsonValue): typeof live.spec.template.spec => apply(patch).spec.template.spec;
const names = (list: readonly { name: string }[]): string[] => list.map((item) => item.name);

function refusal(patch: JsonValue): { code: number; message: string } {
  try {
    apply(patch);
  } catch (error) {
    if (error instanceof ApiError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("the patch was accepted");
}

describe("strategic merge patch", () => {
  it("merges maps, removes with null, and shares what it does not touch", () => {
    const before = structuredClone(live);
    const after = apply({ metadata: { labels: { a: null, c: "3" } } });
    expect(after.metadata.labels).toEqual({ b: "2", c: "3" });
    expect(after.spec).toBe(live.spec);
    expect(live).toEqual(before);
  });

  it("gives the same object back for an empty patch", () => {
    expect(apply({})).toBe(live);
    expect(apply({ spec: { template: { spec: {} } } })).toBe(live);
  });

  it("merges containers by name and their environment by name", () => {
    const { containers } = podOf(pod({ containers: [{ name: "web", image: "nginx:2", env: [{ name: "B", value: "9" }, { name: "C", value: "3" }] }] }));
    expect(names(containers)).toEqual(["web", "side"]);
    expect(containers[0]).toMatchObject({ image: "nginx:2", args: ["a", "b"] });
    expect((containers[0] as typeof web).env).toEqual([{ name: "A", value: "1" }, { name: "B", value: "9" }, { name: "C", value: "3" }]);
    expect(containers[1]).toBe(side);
  });

  it("replaces lists without a merge key", () => {
    expect(podOf(pod({ tolerations: [{ key: "b" }] })).tolerations).toEqual([{ key: "b" }]);
    expect((podOf(pod({ containers: [{ name: "web", args: ["z"] }] })).containers[0] as typeof web).args).toEqual(["z"]);
  });

  it("deletes and replaces list elements by directive", () => {
    expect(names(podOf(pod({ containers: [{ name: "web", $patch: "delete" }] })).containers)).toEqual(["side"]);
    expect(podOf(pod({ containers: [{ $patch: "replace" }, { name: "only", image: "o" }] })).containers).toEqual([{ name: "only", image: "o" }]);
  });

  it("replaces and empties maps by directive", () => {
    expect(apply({ metadata: { labels: { $patch: "replace", z: "1" } } }).metadata.labels).toEqual({ z: "1" });
    expect(apply({ metadata: { labels: { $patch: "delete" } } }).metadata.labels).toEqual({});
  });

  it("orders by $setElementOrder, new elements where it says", () => {
    expect(names(podOf(pod({ "$setElementOrder/containers": [{ name: "side" }, { name: "web" }] })).containers)).toEqual(["side", "web"]);
    const added = podOf(pod({ "$setElementOrder/containers": [{ name: "side" }, { name: "new" }, { name: "web" }], containers: [{ name: "new", image: "n" }] }));
    expect(names(added.containers)).toEqual(["side", "new", "web"]);
  });

  it("merges lists of scalars and deletes from them", () => {
    expect(apply({ metadata: { finalizers: ["x/2", "x/3"] } }).metadata.finalizers).toEqual(["x/1", "x/2", "x/3"]);
    expect(apply({ metadata: { "$deleteFromPrimitiveList/finalizers": ["x/1"] } }).metadata.finalizers).toEqual(["x/2"]);
  });

  it("keeps only what $retainKeys names", () => {
    expect(apply({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }).spec.strategy).toEqual({ type: "Recreate" });
    const { volumes } = podOf(pod({ volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }] }));
    expect(volumes).toEqual([{ name: "v", hostPath: { path: "/x" } }]);
  });

  it("drops nulls and directives in what is new", () => {
    expect(podOf(pod({ initContainers: [{ name: "i", image: null, env: [{ name: "A", $patch: "delete" }] }] }))).toMatchObject({ initContainers: [{ name: "i", env: [] }] });
  });

  it.each([
    [pod({ containers: [{ image: "x" }] }), 500, "map: map[image:x] does not contain declared merge key: name"],
    [pod({ containers: [{ name: "web", $patch: "zap" }] }), 500, "unknown patch type: zap in map: map[$patch:zap name:web]"],
    [pod({ "$setElementOrder/containers": 5 }), 500, "expected a []interface {}, but received a int64"],
    [pod({ $retainKeys: "x" }), 400, "invalid patch format of retainKeys"],
    [{ spec: { strategy: { $retainKeys: ["type"], rollingUpdate: {} } } }, 400, "invalid patch format of retainKeys"],
    [{ $patch: "zap" }, 500, "unknown patch type: zap in map: map[$patch:zap]"],
    [[], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
    [pod({ "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "web" }] }), 500, "The order in patch list:\n[map[name:web]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n"],
  ])("refuses %j", (patch, code, message) => {
    expect(refusal(patch as JsonValue)).toEqual({ code, message });
  });
});
