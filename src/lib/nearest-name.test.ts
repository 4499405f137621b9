import { expect, test } from "vitest";
import { editDistance, nearestName } from "./nearest-name.ts";

test.each([
  ["imgae", ["image", "images", "name"], "image"],
  ["replica", ["replicas", "redirect"], "replicas"],
  ["control_plane", ["worker", "control-plane"], "control-plane"],
  ["Host", ["host", "hosts"], "host"],
  ["prot", ["port", "ports"], "port"],
])("%s means %3$s", (wrong, names, meant) => expect(nearestName(wrong, names)).toBe(meant));

test("nothing is near", () => {
  expect(nearestName("colour", ["image", "port"])).toBeUndefined();
  expect(nearestName("a", ["b"])).toBeUndefined();
  expect(nearestName("", ["b"])).toBeUndefined();
});

test("a swap is one edit", () => {
  expect(editDistance("ab", "ba")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
});
