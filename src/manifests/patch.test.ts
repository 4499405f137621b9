import { describe, expect, it } from "vitest";
import type { Patch } from "../config/homelab.ts";
import type { JsonObject, KubeObject } from "../objects/kube-object.ts";
import { mergePatch } from "./merge-patch.ts";
import { applyPatches } from "./patch.ts";
import { rendered } from "./rendered.ts";
import { strategicMerge } from "./strategic-merge.ts";

const DEPLOYMENT: KubeObject = {
  apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "shop", labels: { a: "1" }, finalizers: ["x/y"] },
  spec: {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
    template: {
      spec: {
        containers: [{ name: "web", image: "a:1", env: [{ name: "A", value: "1" }, { name: "B", value: "2" }], ports: [{ containerPort: 80, name: "http" }], args: ["x"] }],
        tolerations: [{ key: "a", operator: "Exists" }],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    },
  },
};

const merged = (patch: JsonObject): KubeObject => strategicMerge(DEPLOYMENT, patch);
const inPod = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } });

describe("strategicMerge", () => {
  it("merges lists by their key and keeps the rest", () => {
    const result = merged(inPod({ containers: [{ name: "web", image: "a:2", env: [{ name: "B", value: "3" }, { name: "C", value: "4" }] }, { name: "side", image: "b:1" }] }));
    expect(result.spec.template.spec.containers).toEqual([
      { name: "web", image: "a:2", env: [{ name: "A", value: "1" }, { name: "B", value: "3" }, { name: "C", value: "4" }], ports: [{ containerPort: 80, name: "http" }], args: ["x"] },
      { name: "side", image: "b:1" },
    ]);
    // As upstream has it: what is new stands in front, unless it follows what was there.
    expect(merged(inPod({ containers: [{ name: "side", image: "b:1" }] })).spec.template.spec.containers.map((container: { name: string }) => container.name)).toEqual(["side", "web"]);
    expect(DEPLOYMENT.spec.template.spec.containers[0].image).toBe("a:1");
  });

  it("replaces lists without a key", () => {
    const result = merged(inPod({ tolerations: [{ key: "b", operator: "Exists" }], containers: [{ name: "web", args: ["y", "z"] }] }));
    expect(result.spec.template.spec.tolerations).toEqual([{ key: "b", operator: "Exists" }]);
    expect(result.spec.template.spec.containers[0].args).toEqual(["y", "z"]);
  });

  it("removes with null and with $patch: delete", () => {
    expect(merged({ metadata: { labels: { a: null } } }).metadata.labels).toEqual({});
    expect(merged(inPod({ containers: [{ name: "web", env: [{ name: "A", $patch: "delete" }] }] })).spec.template.spec.containers[0].env).toEqual([{ name: "B", value: "2" }]);
    expect(merged({ spec: { strategy: { $patch: "delete" } } }).spec.strategy).toEqual({});
  });

  it("replaces with $patch: replace, in objects and lists", () => {
    expect(merged({ spec: { strategy: { $patch: "replace", type: "Recreate" } } }).spec.strategy).toEqual({ type: "Recreate" });
    expect(merged(inPod({ volumes: [{ $patch: "replace" }, { name: "other", emptyDir: {} }] })).spec.template.spec.volumes).toEqual([{ name: "other", emptyDir: {} }]);
  });

  it("keeps only $retainKeys", () => {
    expect(merged({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }).spec.strategy).toEqual({ type: "Recreate" });
  });

  it("treats finalizers as a set, and takes from it", () => {
    expect(merged({ metadata: { finalizers: ["a/b", "x/y"] } }).metadata.finalizers).toEqual(["a/b", "x/y"]);
    expect(merged({ metadata: { "$deleteFromPrimitiveList/finalizers": ["x/y"] } }).metadata.finalizers).toEqual([]);
  });

  it("knows that a Service's ports merge by port", () => {
    const service: KubeObject = { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { ports: [{ port: 80, targetPort: 80 }, { port: 443, targetPort: 443 }] } };
    expect(strategicMerge(service, { spec: { ports: [{ port: 443, targetPort: 8443 }] } }).spec).toEqual({ ports: [{ port: 80, targetPort: 80 }, { port: 443, targetPort: 8443 }] });
  });
});

describe("mergePatch", () => {
  // The examples of RFC 7396, appendix A.
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }], [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }], [{ a: "b" }, { a: null }, {}], [{ a: "b", b: "c" }, { a: null }, { b: "c" }], [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }], [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }], [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }], [["a", "b"], ["c", "d"], ["c", "d"]],
    [{ a: "b" }, ["c"], ["c"]], [{ a: "foo" }, null, null], [{ a: "foo" }, "bar", "bar"], [{ e: null }, { a: 1 }, { e: null, a: 1 }], [[1, 2], { a: "b", c: null }, { a: "b" }], [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j is %j", (target, patch, expected) => {
    expect(mergePatch(target as never, patch as never)).toEqual(expected);
  });
});

describe("applyPatches", () => {
  const items = [rendered(["apps", "shop"], DEPLOYMENT), rendered(["apps", "shop"], { apiVersion: "traefik.io/v1alpha1", kind: "IngressRoute", metadata: { name: "web", namespace: "shop" }, spec: { entryPoints: ["web"], tls: {} } } as KubeObject)];
  const strategic = (target: Partial<Patch["target"]> & { kind: string }, patch: Record<string, unknown>): Patch => ({ target: { name: undefined, namespace: undefined, ...target }, change: { type: "strategic", patch } });

  it("patches what matches, and a custom resource as a merge patch", () => {
    const { objects, problems } = applyPatches(items, [
      { patch: strategic({ kind: "Deployment", name: "web" }, { metadata: { annotations: { x: "y" } } }), at: ["patches", 0] },
      { patch: strategic({ kind: "IngressRoute" }, { spec: { entryPoints: ["other"], tls: null } }), at: ["patches", 1] },
      { patch: { target: { kind: "Deployment", name: undefined, namespace: "shop" }, change: { type: "json", patch: [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "a:9" }] } }, at: ["patches", 2] },
    ]);
    expect(problems).toEqual([]);
    expect(objects[0]?.object.metadata.annotations).toEqual({ x: "y" });
    expect(objects[0]?.object.spec.template.spec.containers[0].image).toBe("a:9");
    expect(objects[1]?.object.spec).toEqual({ entryPoints: ["other"] });
    expect(items[0]?.object).toEqual(DEPLOYMENT);
  });

  it("names a patch that matches nothing, does not apply, or changes what the object is", () => {
    const { problems } = applyPatches(items, [
      { patch: strategic({ kind: "Deployment", name: "wbe" }, {}), at: ["patches", 0] },
      { patch: { target: { kind: "Deployment", name: undefined, namespace: undefined }, change: { type: "json", patch: [{ op: "remove", path: "/spec/nothing" }] } }, at: ["patches", 1] },
      { patch: strategic({ kind: "Deployment" }, { metadata: { name: "other" } }), at: ["apps", "shop", "patches", 2] },
      { patch: strategic({ kind: "Deployment" }, { spec: { template: { spec: { containers: [{ image: "x" }] } } } }), at: ["patches", 3] },
    ]);
    expect(problems.map((problem) => problem.message)).toEqual([
      "patches[0]: no generated object is Deployment wbe; did you mean web?",
      "patches[1]: Deployment web: Value required at path: /spec/nothing",
      "apps.shop.patches[2]: Deployment web: a patch may not change apiVersion, kind, name or namespace",
      "patches[3]: Deployment web: Deployment.spec.template.spec.containers: an element lacks its merge key name",
    ]);
  });

  it("keeps an app's patch to that app's objects", () => {
    const other = rendered(["apps", "blog"], { ...DEPLOYMENT, metadata: { name: "web", namespace: "blog" } });
    const { objects } = applyPatches([...items, other], [{ patch: strategic({ kind: "Deployment" }, { metadata: { labels: { z: "1" } } }), at: ["apps", "shop", "patches", 0], within: new Set(items) }]);
    expect(objects.map((item) => item.object.metadata.labels?.z)).toEqual(["1", undefined, undefined]);
  });
});
