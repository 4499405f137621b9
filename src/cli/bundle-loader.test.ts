/** Compiled code is kept and used, and nothing that is wrong with it ever shows. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BundleLoader } from "./bundle-loader.ts";

/** Large enough to be kept. */
const PADDING = `// ${"x".repeat(60_000)}\n`;

let directory: string;
let kept: string;
let bundle: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-bundle-"));
  kept = join(directory, "compiled");
  bundle = join(directory, "program.cjs");
  writeFileSync(bundle, `exports.answer = () => 41 + require("./small.cjs").one;\nexports.place = __filename;\n${PADDING}`);
  writeFileSync(join(directory, "small.cjs"), `exports.one = 1;\n`);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs the program in a loader of its own, keeps its code, and says whether it came from kept code. */
function run(place: string | undefined = kept): { answer: number; usesKept: boolean } {
  const loader = new BundleLoader(place);
  const program = loader.load(bundle) as { answer(): number; place: string };
  const answer = program.answer();
  expect(program.place).toBe(bundle);
  const { usesKept } = loader;
  loader.keep();
  return { answer, usesKept };
}

it("compiles the first time, and takes what was kept from then on", () => {
  expect(run()).toEqual({ answer: 42, usesKept: false });
  expect(readdirSync(kept)).toHaveLength(1);
  expect(statSync(kept).mode & 0o777).toBe(0o700);
  expect(statSync(join(kept, readdirSync(kept)[0]!)).mode & 0o777).toBe(0o600);
  expect(run()).toEqual({ answer: 42, usesKept: true });
});

it("takes nothing that was made of another text, be it as long", () => {
  run();
  writeFileSync(bundle, readFileSync(bundle, "utf8").replace("41", "51"));
  expect(run()).toEqual({ answer: 52, usesKept: false });
  expect(run()).toEqual({ answer: 52, usesKept: true });
});

it.each([
  ["half of a file", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["a bad byte", (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -9), Buffer.from([bytes.at(-9)! ^ 1]), bytes.subarray(-8)])],
  ["an empty file", () => Buffer.alloc(0)],
])("compiles again, and keeps anew, where it finds %s", (_, damage) => {
  run();
  const file = join(kept, readdirSync(kept)[0]!);
  writeFileSync(file, damage(readFileSync(file)));
  expect(run()).toEqual({ answer: 42, usesKept: false });
  expect(run()).toEqual({ answer: 42, usesKept: true });
});

it("runs without a directory, below what is no directory, and where others may write", () => {
  expect(new BundleLoader(undefined).load(bundle)).toHaveProperty("answer");
  writeFileSync(join(directory, "file"), "");
  expect(run(join(directory, "file", "compiled"))).toEqual({ answer: 42, usesKept: false });
  mkdirSync(kept);
  chmodSync(kept, 0o777);
  expect(run()).toEqual({ answer: 42, usesKept: false });
  expect(readdirSync(kept)).toEqual([]);
});

it("leaves what is kept alone until a process has done twice the work", () => {
  const keepAfter = (workMs: number): void => {
    const loader = new BundleLoader(kept, () => workMs);
    loader.load(bundle);
    loader.keep();
  };
  keepAfter(300);
  const file = join(kept, readdirSync(kept)[0]!);
  utimesSync(file, 1, 1);
  keepAfter(599);
  expect(statSync(file).mtimeMs).toBe(1_000);
  keepAfter(600);
  expect(statSync(file).mtimeMs).toBeGreaterThan(1_000);
  // Whoever has worked for long has compiled all that a start needs.
  keepAfter(10_000);
  utimesSync(file, 1, 1);
  keepAfter(100_000);
  expect(statSync(file).mtimeMs).toBe(1_000);
});

it("forgets the oldest where many builds have been kept", () => {
  mkdirSync(kept, { mode: 0o700 });
  for (let index = 0; index < 80; index++) {
    writeFileSync(join(kept, `old-${index}`), "");
    utimesSync(join(kept, `old-${index}`), index + 1, index + 1);
  }
  run();
  const names = readdirSync(kept);
  expect(names).toHaveLength(60);
  expect(names).not.toContain("old-20");
  expect(names).toContain("old-21");
});

it("runs what was a module as one: strict, and one copy of each", () => {
  writeFileSync(join(directory, "a.cjs"), `exports.self = (function () { return this; })();\nexports.other = require("./b.cjs");\n`);
  writeFileSync(join(directory, "b.cjs"), `const a = require("./a.cjs");\nexports.isSame = () => a.other === exports;\n`);
  const { self, other } = new BundleLoader(kept).load(join(directory, "a.cjs")) as { self: unknown; other: { isSame(): boolean } };
  expect(self).toBeUndefined();
  expect(other.isSame()).toBe(true);
});
