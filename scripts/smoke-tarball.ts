/** Packs the package, installs the tarball in an empty folder, and runs the main job there: what a user gets from the registry. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const directory = mkdtempSync(join(tmpdir(), "kubernest-tarball-"));
const run = (command: string, args: readonly string[], cwd: string): string => execFileSync(command, [...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

try {
  run("npm", ["pack", "--silent", "--pack-destination", directory], root);
  const tarball = readdirSync(directory).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "empty", private: true }));
  run("npm", ["install", "--no-audit", "--no-fund", "--silent", "--prefer-offline", join(directory, tarball)], directory);
  if (!readFileSync(join(directory, "node_modules/kubernest/dist/index.d.mts"), "utf8").includes("function defineHomelab")) throw new Error("the tarball declares no types for homelab.ts");
  const version = run("npx", ["kubernest", "--version"], directory).trim();
  run("npx", ["kubernest", "init", "gazette", "--yes"], directory);
  run("npx", ["kubernest", "check"], directory);
  const table = run("npx", ["kubernest", "rehearse", "--once"], directory);
  if (!table.includes("Ready after")) throw new Error(`the rehearsal printed no table:\n${table}`);
  // Enough losses for other threads, which load bundles of their own.
  const { scenarios } = JSON.parse(run("npx", ["kubernest", "prove", "--faults", "pairs", "-o", "json"], directory)) as { scenarios: unknown[] };
  if (scenarios.length < 60) throw new Error(`a proof of pairs tried ${scenarios.length} losses`);
  console.log(`kubernest ${version} from the tarball: init, check, rehearse and prove work`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
