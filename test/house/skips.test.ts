/** No test is left out in silence: where one is skipped, a reason is said, and the run prints it last. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
/** What skips, and says nothing; `.only` skips all others. */
const SILENT = /\.(?:skipIf|runIf|todo|only)\b|\b(?:it|test|describe|suite)(?:\.\w+)*\.skip\b|\bskip\((?:(?:!|is[A-Z]|has[A-Z])\w*)?\)/;

const testFiles = ["src", "test"].flatMap((directory) => readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" }).filter((path) => /\.(?:test|lab)\.ts$/.test(path)).map((path) => join(directory, path)));
const silentLines = (text: string): string[] => text.split("\n").filter((line) => SILENT.test(line));

describe("every test that is skipped has its reason", () => {
  it("there are files to look at", () => {
    expect(testFiles.length).toBeGreaterThan(150);
    expect(testFiles.some((path) => path.endsWith(".lab.ts"))).toBe(true);
  });

  it.each(testFiles)("%s", (path) => {
    // This file shows what is not allowed.
    if (path.endsWith("skips.test.ts")) return;
    expect(silentLines(readFileSync(join(ROOT, path), "utf8"))).toEqual([]);
  });

  it.each([`it.${"skip"}("x", f)`, `describe.${"skip"}If(!ok)("x", f)`, `it.${"run"}If(ok)("x", f)`, `test.concurrent.${"skip"}("x", f)`, `it.${"todo"}("x")`, `it.${"only"}("x", f)`, "context.skip()", "context.skip(isWindows)"])("%s is seen", (line) => {
    expect(silentLines(line)).toEqual([line]);
  });

  it.each(['it("x", skippedFor(!ok && "why"), f)', 'context.skip(isRoot, "root may write everywhere")', "context.skip(reason)"])("%s is right", (line) => {
    expect(silentLines(line)).toEqual([]);
  });
});
