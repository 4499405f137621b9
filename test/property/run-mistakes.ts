/**
 * `npm run property:mistakes [-- NAME…]`: each planted mistake is put into a copy of the sources, and trials run there from seed 1 on until one fails.
 * Prints how many that took; ends with 1 where a mistake was not caught in time, or where its place in the source was not found.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MISTAKES, withMistake } from "./mistakes.ts";

const SEEDS_MAX = 500;
const ROOT = join(import.meta.dirname, "../..");

const wanted = process.argv.slice(2);
const chosen = MISTAKES.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`no mistake has ${wanted.join(" or ")} in its name. There are:\n${MISTAKES.map(({ name }) => `  ${name}`).join("\n")}`);
  process.exit(1);
}
const changed = chosen.map((mistake) => {
  const original = readFileSync(join(ROOT, mistake.file), "utf8");
  return { mistake, original, text: withMistake(mistake, original) };
});
const place = mkdtempSync(join(tmpdir(), "kubernest-mistakes-"));
let missed = 0;
try {
  for (const directory of ["src", "test/property", "package.json", "tsconfig.json"]) cpSync(join(ROOT, directory), join(place, directory), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
  for (const { mistake, original, text } of changed) {
    writeFileSync(join(place, mistake.file), text);
    const { stdout, stderr, status, signal } = spawnSync(process.execPath, ["--import", "tsx", "test/property/run.ts", "--seed", "1", "--runs", String(SEEDS_MAX), "--unshrunk"], { cwd: place, encoding: "utf8", maxBuffer: 64 * 2 ** 20 });
    // As it was copied: whoever works on the sources meanwhile changes nothing here.
    writeFileSync(join(place, mistake.file), original);
    if (signal !== null) throw new Error(`interrupted by ${signal}`);
    const failed = /^seed (\d+) failed: (\w+).*$/m.exec(stdout);
    if (status === 0 || failed === null) missed++;
    console.log(`${failed === null ? (status === 0 ? `not caught by ${SEEDS_MAX} seeds` : `did not run: ${stderr.trim().split("\n").at(-1)}`) : `${failed[1]!.padStart(3)} ${failed[1] === "1" ? "seed " : "seeds"}`}  ${mistake.name}${failed === null ? "" : ` (${failed[2]})`}`);
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
process.exitCode = missed > 0 ? 1 : 0;
