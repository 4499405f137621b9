import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  below, difference, EMPTY, fieldSet, FieldSetBuilder, goJson, has, intersection, isEmpty, pathsOf, pathText, recursiveDifference, sameSet, shared, union, type FieldSet,
} from "./field-set.ts";

const set = (...paths: string[]): FieldSet => fieldSet(...paths.map((path) => path.split("/")));
const paths = (value: FieldSet): string[] => pathsOf(value).map((path) => path.join("/"));

describe("field sets", () => {
  it("tell a member from a node above members", () => {
    const value = set("f:a/f:b", "f:c");
    expect(value).toEqual({ "f:a": { "f:b": {} }, "f:c": {} });
    expect(has(value, ["f:a"])).toBe(false);
    expect(has(value, ["f:a", "f:b"])).toBe(true);
    expect(has(value, [])).toBe(false);
  });

  it("mark a member that has children with a dot, whichever came first", () => {
    expect(set("f:a", "f:a/f:b")).toEqual({ "f:a": { ".": {}, "f:b": {} } });
    expect(set("f:a/f:b", "f:a")).toEqual({ "f:a": { ".": {}, "f:b": {} } });
  });

  it("never hold the whole object", () => {
    const builder = new FieldSetBuilder();
    builder.insert([], 0);
    expect(builder.set()).toEqual({});
  });

  it("difference of a parent leaves the children, and of a child the parent", () => {
    expect(difference(set("f:a", "f:a/f:b"), set("f:a"))).toEqual(set("f:a/f:b"));
    expect(difference(set("f:a", "f:a/f:b"), set("f:a/f:b"))).toEqual(set("f:a"));
    expect(difference(set("f:a/f:b"), set("f:a/f:b"))).toEqual({});
  });

  it("recursive difference takes the children along", () => {
    expect(recursiveDifference(set("f:a", "f:a/f:b", "f:c"), set("f:a"))).toEqual(set("f:c"));
    expect(recursiveDifference(set("f:s/f:x", "f:s/f:y"), set("f:s/f:x"))).toEqual(set("f:s/f:y"));
  });

  it("give their input back when nothing changes", () => {
    const value = set("f:a/f:b", "f:c");
    expect(union(value, set("f:c"))).toBe(value);
    expect(difference(value, set("f:z"))).toBe(value);
    expect(difference(value, set("f:a"))).toBe(value);
    expect(union(EMPTY, value)).toBe(value);
  });

  it("print paths as upstream, keys sorted by value", () => {
    const value = set('f:spec/f:ports/k:{"port":443}', 'f:spec/f:ports/k:{"port":80}', 'f:metadata/f:finalizers/v:"a.b"', "f:spec");
    expect(pathsOf(value).map(pathText)).toEqual([".spec", '.metadata.finalizers[="a.b"]', ".spec.ports[port=80]", ".spec.ports[port=443]"]);
  });

  it("share what is in order already", () => {
    const ordered = shared(set("f:b/f:y", "f:a", "f:b/f:x"));
    expect(Object.keys(ordered)).toEqual(["f:a", "f:b"]);
    expect(shared(ordered)).toBe(ordered);
    expect(shared(union(ordered, set("f:c")))["f:b"]).toBe(ordered["f:b"]);
  });

  it("escape what Go's JSON escapes", () => {
    expect(goJson("a<b>&c")).toBe('"a\\u003cb\\u003e\\u0026c"');
  });

  it("say what lies below an element", () => {
    expect(below(set("f:a", "f:a/f:b"), "f:a")).toEqual(set("f:b"));
    expect(isEmpty(below(set("f:a"), "f:a"))).toBe(true);
    expect(isEmpty(below(set("f:a"), "f:z"))).toBe(true);
  });

  const arbitrary = fc
    .array(fc.array(fc.constantFrom("f:a", "f:b", "f:c"), { minLength: 1, maxLength: 3 }), { maxLength: 6 })
    .map((list) => fieldSet(...list));

  it("obey the laws of sets on their members", () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (left, right) => {
        const [l, r] = [new Set(paths(left)), new Set(paths(right))];
        const same = (value: FieldSet, expected: Iterable<string>): void => expect(new Set(paths(value))).toEqual(new Set(expected));
        same(union(left, right), [...l, ...r]);
        same(intersection(left, right), [...l].filter((path) => r.has(path)));
        same(difference(left, right), [...l].filter((path) => !r.has(path)));
        same(recursiveDifference(left, right), [...l].filter((path) => ![...r].some((other) => path === other || path.startsWith(`${other}/`))));
        expect(sameSet(shared(left), left)).toBe(true);
      }),
    );
  });
});
