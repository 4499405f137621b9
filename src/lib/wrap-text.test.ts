import { expect, it } from "vitest";
import { wrapText } from "./wrap-text.ts";

it("breaks at spaces, keeps long words whole, and lets later rows hang", () => {
  expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("one two three", 7, "  ")).toEqual(["one two", "  three"]);
  expect(wrapText("incomprehensibilities are long", 10)).toEqual(["incomprehensibilities", "are long"]);
  expect(wrapText("", 10)).toEqual([""]);
});
