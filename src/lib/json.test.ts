import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cloneJson, equalJson, stableJson } from "./json.ts";

describe("json", () => {
  it("copies deeply and equals its copy", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = cloneJson(value);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
        expect(equalJson(copy, value)).toBe(true);
        if (typeof value === "object" && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  it("tells different trees apart", () => {
    expect(equalJson({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(equalJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(equalJson([1, 2], [2, 1])).toBe(false);
    expect(equalJson([], {})).toBe(false);
    expect(equalJson({ a: null }, {})).toBe(false);
  });

  it("writes equal trees as equal text, whatever the order of keys", () => {
    expect(stableJson({ b: [1, { d: 1, c: 2 }], a: "x" })).toBe('{"a":"x","b":[1,{"c":2,"d":1}]}');
    expect(JSON.parse(stableJson({ z: 1, y: null }))).toEqual({ y: null, z: 1 });
  });
});
