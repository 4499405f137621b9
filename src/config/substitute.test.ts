import { expect, test } from "vitest";
import { substitute } from "./substitute.ts";

const env = { HOME: "/root", EMPTY: "", HAS_DOLLAR: "$HOME" };

test.each([
  ["plain", "plain"],
  ["${HOME}/x", "/root/x"],
  ["${EMPTY}", ""],
  ["${EMPTY:-d}", "d"],
  ["${NOT:-d}", "d"],
  ["${NOT:-}", ""],
  ["${NOT:-a:-b c}", "a:-b c"],
  ["$${HOME}", "${HOME}"],
  ["$$", "$"],
  ["$host $1 $", "$host $1 $"],
  // What a variable holds is text: it is not looked through again.
  ["${HAS_DOLLAR}", "$HOME"],
  ["$$$${HOME}", "$${HOME}"],
])("%s becomes %s", (text, becomes) => expect(substitute(text, env)).toMatchObject({ text: becomes, problems: [] }));

test.each([
  ["a ${NOT}", { kind: "undefined", name: "NOT", offset: 2 }],
  ["${constructor}", { kind: "undefined", name: "constructor", offset: 0 }],
  ["${1}", { kind: "malformed", name: "${1}", offset: 0 }],
  ["${HOME", { kind: "malformed", name: "${HOME", offset: 0 }],
  ["${HOME:?no}", { kind: "malformed", name: "${HOME:?no}", offset: 0 }],
  ["${}", { kind: "malformed", name: "${}", offset: 0 }],
])("%s is a problem", (text, problem) => expect(substitute(text, env).problems).toEqual([problem]));

test("says whether the environment was in it", () => {
  expect(substitute("${HOME}", env).fromEnvironment).toBe(true);
  expect(substitute("${NOT:-x}", env).fromEnvironment).toBe(false);
});
