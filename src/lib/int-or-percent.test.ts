import { expect, it } from "vitest";
import { scaledValue } from "./int-or-percent.ts";

it.each([
  ["25%", 3, "up", 1],
  ["25%", 3, "down", 0],
  ["25%", 4, "down", 1],
  ["100%", 7, "up", 7],
  [2, 100, "up", 2],
  ["2", 100, "up", 2],
  ["a lot", 100, "up", undefined],
  [undefined, 100, "up", undefined],
] as const)("%s of %i, rounded %s, is %s", (value, total, rounding, expected) => {
  expect(scaledValue(value, total, rounding)).toBe(expected);
});
