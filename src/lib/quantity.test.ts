import { expect, test } from "vitest";
import { parseQuantity, quantityMilli, quantityValue } from "./quantity.ts";

test.each([
  ["100m", 100, 1],
  ["0.1", 100, 1],
  ["2", 2000, 2],
  ["1.5Gi", 1.5 * 2 ** 30 * 1000, 1.5 * 2 ** 30],
  ["128974848", 128974848000, 128974848],
  ["129e6", 129e9, 129e6],
  ["129M", 129e9, 129e6],
  ["1n", 1, 1],
])("%s is %d thousandths and %d units", (text, milli, units) => {
  expect(quantityMilli(text)).toBe(milli);
  expect(quantityValue(text)).toBe(units);
});

test("what is no quantity", () => {
  expect(parseQuantity("1 Gi")).toBeUndefined();
  expect(parseQuantity("1KiB")).toBeUndefined();
  expect(parseQuantity("")).toBeUndefined();
  expect(quantityValue(undefined)).toBe(0);
});
