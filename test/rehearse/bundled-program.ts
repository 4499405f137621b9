/** The program as the package ships it, bundled once from the sources as they are now: started from those, each process would translate them anew for three seconds. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Changes with every change of a source. */
function stamp(): string {
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts")).map((path) => join("src", path));
  return digest(["package.json", "package-lock.json", "tsdown.config.ts", ...sources.sort()].map((path) => [path, statSync(join(ROOT, path))] as const).map(([path, { mtimeMs, size }]) => `${path} ${mtimeMs} ${size}`).join("\n"));
}

/** Path of `main.mjs`. Test files that come here at once may each build it; the first that is done counts. */
export async function bundledProgram(): Promise<string> {
  // Below node_modules, where its dependencies are found; apart for each clone, for several may share these.
  const place = join(ROOT, "node_modules/.cache/kubernest-tests", digest(ROOT));
  const target = join(place, stamp());
  const main = join(target, "main.mjs");
  if (existsSync(main)) return main;
  const [{ build }, { starter, program }] = await Promise.all([import("tsdown"), import("../../tsdown.config.ts")]);
  const temporary = `${target}.${process.pid}`;
  mkdirSync(place, { recursive: true });
  const settings = { cwd: ROOT, outDir: temporary, sourcemap: false, plugins: [], config: false as const, logLevel: "error" as const };
  for (const bundle of [starter, program]) await build({ ...bundle, ...settings });
  try {
    renameSync(temporary, target);
  } catch {
    // Another was first.
    rmSync(temporary, { recursive: true });
  }
  for (const old of readdirSync(place).filter((name) => /^[0-9a-f]{16}$/.test(name) && join(place, name) !== target)) rmSync(join(place, old), { recursive: true, force: true });
  return main;
}
