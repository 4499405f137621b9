/** A user's patches and the embedded cluster's PATCH are two implementations of one rule: on random patches they give the same object. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { strategicMerge } from "../../src/manifests/strategic-merge.ts";
import type { JsonObject, JsonValue, KubeObject } from "../../src/objects/kube-object.ts";
import { schemaOf } from "../../src/objects/schema/schema-of.ts";
import { strategicMergePatch } from "../../src/sim/api/merge/strategic-merge-patch.ts";

const LIVE: KubeObject = {
  apiVersion: "apps/v1", kind: "Deployment",
  metadata: { name: "web", namespace: "shop", labels: { a: "1", b: "2" }, annotations: { x: "y" }, finalizers: ["f/1", "f/2", "f/3"] },
  spec: {
    replicas: 2,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { a: "1" } },
      spec: {
        nodeSelector: { disk: "ssd" },
        tolerations: [{ key: "a", operator: "Exists" }],
        volumes: [{ name: "v1", emptyDir: {} }, { name: "v2", secret: { secretName: "s" } }],
        containers: [
          { name: "one", image: "i:1", args: ["a"], env: [{ name: "A", value: "1" }, { name: "B", value: "2" }, { name: "C", value: "3" }], ports: [{ containerPort: 80, name: "http" }, { containerPort: 443 }], volumeMounts: [{ name: "v1", mountPath: "/a" }] },
          { name: "two", image: "i:2" },
          { name: "three", image: "i:3" },
        ],
      },
    },
  },
};

const text = fc.constantFrom("1", "2", "new");
const maybe = (value: fc.Arbitrary<unknown>) => fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) });
/** Elements of a list that merges by `key`, each key at most once, some to be deleted; at times the whole list is replaced. */
function merging(key: string, keys: readonly (string | number)[], rest: fc.Arbitrary<object>): fc.Arbitrary<unknown[]> {
  const item = fc.tuple(fc.constantFrom(...keys), fc.oneof({ weight: 4, arbitrary: rest }, { weight: 1, arbitrary: fc.constant({ $patch: "delete" }) })).map(([name, fields]) => ({ ...fields, [key]: name }));
  const items = fc.uniqueArray(item, { selector: (one) => String((one as Record<string, unknown>)[key]), maxLength: 3 });
  return fc.tuple(items, fc.boolean(), fc.integer({ min: 0, max: 9 })).map(([list, first, chance]) => (chance > 0 ? list : first ? [{ $patch: "replace" }, ...list] : [...list, { $patch: "replace" }]));
}
const record = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] });
const labels = fc.dictionary(fc.constantFrom("a", "b", "c"), maybe(text));
const container = record({
  image: maybe(text),
  args: maybe(fc.array(text, { maxLength: 2 })),
  env: merging("name", ["A", "B", "C", "D", "E"], record({ value: maybe(text) })),
  ports: merging("containerPort", [80, 443, 8080], record({ name: maybe(text) })),
  volumeMounts: merging("mountPath", ["/a", "/b"], fc.record({ name: text })),
  resources: maybe(record({ limits: maybe(fc.dictionary(fc.constantFrom("cpu", "memory"), text)) })),
});
const patch = record({
  metadata: record({ labels: maybe(labels), annotations: maybe(labels), finalizers: maybe(fc.uniqueArray(fc.constantFrom("f/1", "f/3", "f/4"))), "$deleteFromPrimitiveList/finalizers": fc.constantFrom(["f/2"], ["f/9"]) }),
  spec: record({
    replicas: maybe(fc.integer({ min: 0, max: 5 })),
    strategy: fc.oneof(
      record({ type: fc.constant("Recreate"), rollingUpdate: maybe(record({ maxSurge: maybe(fc.integer({ min: 0, max: 3 })) })) }),
      fc.constantFrom({ $patch: "replace", type: "Recreate" }, { $retainKeys: ["type"], type: "Recreate" }, { $patch: "delete" }),
    ),
    template: record({
      metadata: maybe(record({ labels: maybe(labels) })),
      spec: record({
        nodeSelector: maybe(labels),
        tolerations: maybe(fc.array(record({ key: text, operator: fc.constant("Exists") }), { maxLength: 2 })),
        volumes: merging("name", ["v1", "v2", "v3"], record({ emptyDir: maybe(fc.constant({})), secret: maybe(fc.record({ secretName: text })) })),
        containers: merging("name", ["one", "two", "three", "four"], container),
      }),
    }),
  }),
});

describe("strategic merge", () => {
  const schema = schemaOf({ group: "apps", version: "v1", kind: "Deployment" });

  it("gives what the embedded cluster gives", () => {
    expect(schema).toBeDefined();
    fc.assert(fc.property(patch, (change) => {
      const before = structuredClone(LIVE);
      const theirs: JsonValue = schema === undefined ? null : strategicMergePatch(schema, structuredClone(LIVE) as unknown as JsonObject, structuredClone(change) as JsonValue);
      expect(strategicMerge(LIVE, structuredClone(change) as JsonObject)).toEqual(theirs);
      expect(LIVE).toEqual(before);
    }), { numRuns: 3000, seed: 7 });
  });
});
