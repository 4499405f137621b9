import { describe, expect, it } from "vitest";
import { seededRandom } from "../../lib/seeded-random.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import { Store, storeKey } from "./store.ts";

const put = (store: Store, namespace: string | undefined, name: string, extra: object = {}): KubeObject =>
  store.put("pods", storeKey(namespace, name), (revision) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...(namespace ? { namespace } : {}), resourceVersion: String(revision) },
    ...extra,
  }));
const remove = (store: Store, key: string): void => void store.delete("pods", key, (revision, last) => ({ ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } }));

describe("store", () => {
  it("gives every write a revision and lists in key order", () => {
    const store = new Store();
    put(store, "b", "x");
    put(store, "a", "z");
    put(store, "a-b", "y");
    expect(store.list("pods").map((pod) => storeKey(pod.metadata.namespace, pod.metadata.name))).toEqual(["a-b/y", "a/z", "b/x"]);
    expect(store.list("pods", "a").map((pod) => pod.metadata.name)).toEqual(["z"]);
    expect(store.revision).toBe(4);
    expect(store.get("pods", "b/x")?.metadata.resourceVersion).toBe("2");
  });

  it("tells listeners, and history, what changed", () => {
    const store = new Store();
    const seen: string[] = [];
    const stop = store.listen("pods", (change) => seen.push(`${change.kind} ${change.key} ${change.previous === undefined ? "new" : "old"}`));
    put(store, "a", "x");
    const { revision } = store;
    put(store, "a", "x");
    remove(store, "a/x");
    stop();
    put(store, "a", "y");
    expect(seen).toEqual(["put a/x new", "put a/x old", "delete a/x old"]);
    expect(store.since(revision, "pods")?.map((change) => `${change.kind} ${change.key}`)).toEqual(["put a/x", "delete a/x", "put a/y"]);
    expect(store.since(revision, "nodes")).toEqual([]);
  });

  it("compacts: older revisions can no longer be asked for", () => {
    const store = new Store({ historyCountMax: 10 });
    for (let i = 0; i < 100; i++) put(store, "a", `p${i}`);
    expect(store.compactedRevision).toBeGreaterThan(80);
    expect(store.since(2, "pods")).toBeUndefined();
    expect(store.since(store.compactedRevision, "pods")?.length).toBe(store.revision - store.compactedRevision);
    store.compact(store.revision);
    expect(store.since(store.revision, "pods")).toEqual([]);
    expect(store.since(store.revision - 1, "pods")).toBeUndefined();
    put(store, "a", "after");
    expect(store.since(store.revision - 1, "pods")?.length).toBe(1);
  });

  it("keeps indexes through puts and deletes", () => {
    const store = new Store();
    store.defineIndex("pods", "node", (pod) => (pod["spec"]?.nodeName ? [pod["spec"].nodeName] : []));
    put(store, "a", "x", { spec: { nodeName: "pi1" } });
    put(store, "a", "y", { spec: { nodeName: "pi1" } });
    put(store, "a", "x", { spec: { nodeName: "pi2" } });
    expect(store.byIndex("pods", "node", "pi1").map((pod) => pod.metadata.name)).toEqual(["y"]);
    expect(store.byIndex("pods", "node", "pi2").map((pod) => pod.metadata.name)).toEqual(["x"]);
    remove(store, "a/y");
    expect(store.byIndex("pods", "node", "pi1")).toEqual([]);
  });

  it("finds objects by their labels in the order of all objects, whatever came, went or was relabelled", () => {
    const store = new Store();
    const random = seededRandom("labels");
    const scan = (labels: Record<string, string>, namespace?: string): string[] =>
      [...store.values("pods", namespace)].filter(({ metadata }) => Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value)).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const found = (labels: Record<string, string>, namespace?: string): string[] => store.labelled("pods", labels, namespace).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    for (let turn = 0; turn < 2_000; turn++) {
      const [namespace, name] = [`ns${random.below(2)}`, `pod${random.below(150)}`];
      if (random.below(4) === 0) remove(store, `${namespace}/${name}`);
      else {
        const labels = { app: `app${random.below(3)}`, ...(random.below(2) === 0 ? { tier: "front" } : {}) };
        store.put("pods", storeKey(namespace, name), () => ({ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels } }));
      }
      if (turn % 50 > 0) continue;
      for (const labels of [{ app: "app0" }, { tier: "front", app: "app1" }, { app: "none" }, {}] as Record<string, string>[]) {
        expect(found(labels)).toEqual(scan(labels));
        expect(found(labels, "ns1")).toEqual(scan(labels, "ns1"));
      }
    }
    expect(scan({ app: "app0" }, "ns1").length).toBeGreaterThan(10);
  });

  it("says when a type last changed", () => {
    const store = new Store();
    expect(store.changedAt("pods")).toBe(0);
    put(store, "a", "x");
    const { revision } = store;
    store.put("nodes", "n", () => ({ apiVersion: "v1", kind: "Node", metadata: { name: "n" } }));
    expect([store.changedAt("pods"), store.changedAt("nodes")]).toEqual([revision, revision + 1]);
    remove(store, "a/x");
    expect(store.changedAt("pods")).toBe(revision + 2);
  });

  it("restores what it dumped", () => {
    const store = new Store();
    put(store, "a", "x");
    put(store, undefined, "n");
    const other = new Store();
    other.restore(JSON.parse(JSON.stringify(store.dump())) as ReturnType<Store["dump"]>);
    expect(other.dump()).toEqual(store.dump());
    expect(other.since(1, "pods")).toBeUndefined();
    expect(other.list("pods", "a")).toHaveLength(1);
  });

  it("tells everybody of changes in the order of their revisions, also of those that a listener makes", () => {
    const store = new Store();
    const told: [who: string, revision: number][] = [];
    store.listen("pods", ({ kind, revision, key }) => {
      told.push(["first", revision]);
      if (kind === "put" && key === "default/a") store.delete("pods", key, (_, last) => last);
    });
    store.listen("pods", ({ revision }) => void told.push(["second", revision]));
    store.listen(undefined, ({ revision }) => void told.push(["all", revision]));
    store.put("pods", "default/a", (revision) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "default", resourceVersion: String(revision) } }));
    expect(told).toEqual([["first", 2], ["second", 2], ["all", 2], ["first", 3], ["second", 3], ["all", 3]]);
  });
});
