/** Objects that come, change and go, by name, with the fields that differ. */
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../objects/kube-object.ts";
import { compareObjects } from "./object-difference.ts";

const object = (name: string, spec: object, kind = "Deployment"): KubeObject => ({ apiVersion: "apps/v1", kind, metadata: { namespace: "shop", name, labels: { "app.kubernetes.io/name": name } }, spec }) as KubeObject;

describe("difference of objects", () => {
  it("is empty for the same objects in another order, with keys in another order", () => {
    expect(compareObjects([object("a", { x: 1, y: 2 }), object("b", {})], [object("b", {}), object("a", { y: 2, x: 1 })])).toEqual({ added: [], changed: [], removed: [] });
  });

  it("names what came, changed and went", () => {
    const [kept, old, gone] = [object("kept", {}), object("web", { replicas: 1, containers: [{ image: "a:1" }] }), object("gone", {})];
    const next = object("web", { replicas: 2, containers: [{ image: "a:2" }] });
    const added = object("new", {});
    expect(compareObjects([kept, old, gone], [next, kept, added])).toEqual({
      added: [added],
      removed: [gone],
      changed: [{ object: next, fields: [{ path: "spec.containers[0].image", before: "a:1", after: "a:2" }, { path: "spec.replicas", before: 1, after: 2 }] }],
    });
  });

  it("tells kinds and namespaces apart", () => {
    const difference = compareObjects([object("web", {})], [object("web", {}, "StatefulSet")]);
    expect([difference.added.length, difference.removed.length]).toEqual([1, 1]);
  });

  it("gives a list of another length as one change, and sets keys with dots apart", () => {
    const before = object("a", { args: ["x"] });
    const after = { ...object("a", { args: ["x", "y"] }), metadata: { ...before.metadata, labels: { "app.kubernetes.io/name": "other" } } } as KubeObject;
    expect(compareObjects([before], [after]).changed[0]?.fields.map(({ path }) => path)).toEqual(['metadata.labels["app.kubernetes.io/name"]', "spec.args"]);
  });
});
