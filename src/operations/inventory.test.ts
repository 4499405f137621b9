import { describe, expect, it } from "vitest";
import { inventoryKey, leftTheFile, parseInventory, plannedDeletion, renderInventory, together } from "./inventory.ts";
import type { NamedObject } from "./object-name.ts";

const DEPLOYMENT: NamedObject = { apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace: "gazette", name: "gazette" } };
const NAMESPACE: NamedObject = { apiVersion: "v1", kind: "Namespace", metadata: { namespace: undefined, name: "gazette" } };
const CLAIM: NamedObject = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { namespace: "gazette", name: "data" } };

describe("the inventory", () => {
  it("is read as it was written", () => {
    const written = renderInventory([NAMESPACE, DEPLOYMENT]);
    expect(written["data"].objects).toBe("apps/v1 Deployment gazette/gazette\nv1 Namespace gazette\n");
    expect(parseInventory(written["data"].objects)).toEqual([DEPLOYMENT, NAMESPACE]);
  });

  it("leaves lines alone that it does not understand", () => {
    expect(parseInventory("what is this\n\nv1 Namespace gazette\nv1 Pod a/b/c\n")).toEqual([NAMESPACE]);
  });

  it("knows an object in another version of its group, and takes the newer name", () => {
    const old: NamedObject = { ...DEPLOYMENT, apiVersion: "apps/v1beta2" };
    expect(inventoryKey(old)).toBe(inventoryKey(DEPLOYMENT));
    expect(together([old], [DEPLOYMENT])).toEqual([DEPLOYMENT]);
    expect(leftTheFile([old], [DEPLOYMENT])).toEqual([]);
  });

  it("takes namespaces away last, and never those that every cluster has", () => {
    const own: NamedObject = { ...NAMESPACE, metadata: { namespace: undefined, name: "default" } };
    expect(leftTheFile([NAMESPACE, own, CLAIM, DEPLOYMENT], [])).toEqual([CLAIM, DEPLOYMENT, NAMESPACE]);
  });

  it("says what destroys data", () => {
    expect([DEPLOYMENT, NAMESPACE, CLAIM, { ...DEPLOYMENT, apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster" }, { ...DEPLOYMENT, apiVersion: "v1", kind: "ConfigMap" }].map((object) => plannedDeletion(object).risk)).toEqual(["disrupts", "destroys", "destroys", "destroys", "safe"]);
  });
});
