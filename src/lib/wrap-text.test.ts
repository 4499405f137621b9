import { expect, it } from "vitest";
import { fitText, wrapText } from "./wrap-text.ts";

it("breaks at spaces, keeps long words whole, and lets later rows hang", () => {
  expect(wrapText("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("one two three", 7, "  ")).toEqual(["one two", "  three"]);
  expect(wrapText("incomprehensibilities are long", 10)).toEqual(["incomprehensibilities", "are long"]);
  expect(wrapText("", 10)).toEqual([""]);
});

it("breaks what is longer than a row too where all must fit, at a seam if there is one", () => {
  expect(fitText("one two three", 7, "  ")).toEqual(["one two", "  three"]);
  expect(fitText("see registry.maison.example/shop/web:1", 16, "  ")).toEqual(["see", "  registry.", "  maison.example", "  /shop/web:1"]);
  expect(fitText("incomprehensibilities are long", 10)).toEqual(["incomprehe", "nsibilitie", "s are long"]);
  expect(fitText("", 10)).toEqual([""]);
});
