import { expect, it } from "vitest";
import { fnv32, fnv32a } from "./fnv32.ts";

// Vectors of Go's hash/fnv tests.
it.each([
  ["", 0x811c9dc5, 0x811c9dc5],
  ["a", 0x050c5d7e, 0xe40c292c],
  ["ab", 0x70772d38, 0x4d2505ca],
  ["abc", 0x439c2f4b, 0x1a47e90b],
])("of %j", (text, plain, a) => {
  expect([fnv32(text), fnv32a(text)]).toEqual([plain, a]);
});
