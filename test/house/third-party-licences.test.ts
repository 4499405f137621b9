/** What is bundled is passed on, and so must its licence be. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { licenceSection, packageDirectory } from "../../scripts/third-party-licences.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubernest-licence-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (license: string): void => writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "example", version: "1.2.3", license }));

it("names the package and repeats its licence", () => {
  write("MIT");
  writeFileSync(join(directory, "LICENSE.md"), "Copyright Example\n");
  expect(licenceSection(directory)).toBe("example 1.2.3 (MIT)\n\nCopyright Example\n");
});

it("refuses a licence that is not known to be compatible", () => {
  write("GPL-3.0-only");
  writeFileSync(join(directory, "LICENSE"), "Copyright Example\n");
  expect(() => licenceSection(directory)).toThrow("its licence (GPL-3.0-only) is not among");
});

it("refuses what has no licence text", () => {
  write("MIT");
  expect(() => licenceSection(directory)).toThrow("example 1.2.3 is bundled, and has no licence file");
});

it("finds the package of a module, and none for ours", () => {
  expect(packageDirectory("/home/me/kubernest/node_modules/yaml/dist/index.js")).toBe("/home/me/kubernest/node_modules/yaml");
  expect(packageDirectory("\0/home/me/kubernest/node_modules/@scope/name/lib/a.js")).toBe("/home/me/kubernest/node_modules/@scope/name");
  expect(packageDirectory("/home/me/kubernest/src/index.ts")).toBeUndefined();
});
