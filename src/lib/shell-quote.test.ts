import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellQuote, shellWords } from "./shell-quote.ts";

it("is read back by a shell as it was", () => {
  const texts = ["plain", "", "two words", "pi2's disk lost", "it's $HOME", `"both" and 'these'`, "a\\'b", "`x`", "!", "line\nline", "-n", "'"];
  expect(execFileSync("sh", ["-c", `printf '%s\\0' ${shellWords(texts)}`], { encoding: "utf8" }).split("\0").slice(0, -1)).toEqual(texts);
});

it("reads well where it can", () => {
  expect(["/etc/hosts", "pi2 off", "pi2's disk lost", "it's $HOME"].map(shellQuote)).toEqual(["/etc/hosts", "'pi2 off'", `"pi2's disk lost"`, `'it'\\''s $HOME'`]);
});
