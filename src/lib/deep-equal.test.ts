import { expect, it } from "vitest";
import { semanticEqual } from "./deep-equal.ts";

it.each([
  [{ a: 1 }, { a: 1, b: [] }, true],
  [{ a: 1, b: null }, { a: 1, b: {} }, true],
  [{ a: { b: undefined } }, {}, true],
  [[1, 2], [2, 1], false],
  [{ a: 0 }, {}, false],
  [{ a: "" }, {}, false],
  [{ a: [{}] }, { a: [] }, false],
  ["1", 1, false],
])("%j and %j: %s", (a, b, isEqual) => {
  expect([semanticEqual(a, b), semanticEqual(b, a)]).toEqual([isEqual, isEqual]);
});
