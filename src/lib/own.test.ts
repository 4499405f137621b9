import { expect, it } from "vitest";
import { own } from "./own.ts";

it("finds what is there, and nothing of the prototype", () => {
  const record: Record<string, number> = { a: 1 };
  expect(own(record, "a")).toBe(1);
  for (const name of ["b", "constructor", "toString", "__proto__", "hasOwnProperty"]) expect(own(record, name)).toBeUndefined();
});
