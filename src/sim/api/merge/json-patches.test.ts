import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../objects/kube-object.ts";
import { ApiError } from "../status.ts";
import { jsonMergePatch } from "./json-merge-patch.ts";
import { jsonPatch, unknownOperationFields } from "./json-patch.ts";

const live = { a: { b: "1", c: ["x", "y", "z"] }, "k/1": { "~": "t" } };

function codeOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
  return 200;
}

describe("JSON merge patch", () => {
  it.each([
    [{ a: { b: "2" } }, { a: { b: "2", c: ["x", "y", "z"] }, "k/1": { "~": "t" } }],
    [{ a: { b: null } }, { a: { c: ["x", "y", "z"] }, "k/1": { "~": "t" } }],
    [{ a: { c: ["q"] } }, { a: { b: "1", c: ["q"] }, "k/1": { "~": "t" } }],
    [{ n: { o: { p: null, q: 1 } } }, { ...live, n: { o: { q: 1 } } }],
    [{ a: 5 }, { a: 5, "k/1": { "~": "t" } }],
  ])("merges %j", (patch, expected) => {
    expect(jsonMergePatch(live, patch as JsonValue)).toEqual(expected);
  });

  it("gives the same object back when nothing changes, and shares the rest", () => {
    expect(jsonMergePatch(live, { a: { b: "1", nope: null } })).toBe(live);
    expect(jsonMergePatch(live, { a: { b: "2" } })["k/1"]).toBe(live["k/1"]);
  });

  it("refuses what is no object, naming it", () => {
    expect(() => jsonMergePatch(live, [])).toThrow("error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}");
    expect(() => jsonMergePatch(live, "a")).toThrow("json: cannot unmarshal string");
  });
});

describe("JSON patch", () => {
  it.each([
    [[{ op: "replace", path: "/a/b", value: "2" }], { a: { ...live.a, b: "2" } }],
    [[{ op: "add", path: "/a/c/-", value: "w" }], { a: { ...live.a, c: ["x", "y", "z", "w"] } }],
    [[{ op: "add", path: "/a/c/1", value: "w" }], { a: { ...live.a, c: ["x", "w", "y", "z"] } }],
    [[{ op: "remove", path: "/a/c/-1" }], { a: { ...live.a, c: ["x", "y"] } }],
    [[{ op: "add", path: "/k~11/~0", value: "u" }], { "k/1": { "~": "u" } }],
    [[{ op: "move", from: "/a/b", path: "/m" }], { a: { c: live.a.c }, m: "1" }],
    [[{ op: "copy", from: "/a/b", path: "/m" }], { m: "1" }],
    [[{ op: "replace", path: "/a/new", value: 1 }], { a: { ...live.a, new: 1 } }],
    [[{ op: "test", path: "/a/b", value: "1" }, { op: "test", path: "/a/none", value: null }], {}],
  ])("applies %j", (patch, changed) => {
    const before = structuredClone(live);
    expect(jsonPatch(live, patch as JsonValue)).toEqual({ ...live, ...changed });
    expect(live).toEqual(before);
  });

  it.each([
    [[{ op: "test", path: "/a/b", value: "2" }], 422],
    [[{ op: "remove", path: "/a/none" }], 422],
    [[{ op: "add", path: "/none/b", value: 1 }], 422],
    [[{ op: "add", path: "/a/c/9", value: 1 }], 422],
    [[{ op: "add", path: "/a/c/x", value: 1 }], 422],
    [[{ op: "zip", path: "/a" }], 422],
    [[{ path: "/a" }], 422],
    [{ op: "add" }, 400],
    [["x"], 400],
    [Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a/b", value: "1" })), 413],
  ])("refuses %#", (patch, code) => {
    expect(codeOf(() => jsonPatch(live, patch as JsonValue))).toBe(code);
  });

  it("names fields that no operation has", () => {
    expect(unknownOperationFields([{ op: "add", path: "/a", value: 1, foo: 2 }])).toEqual(["[0].foo"]);
  });
});
