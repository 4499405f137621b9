/** The examples, loaded as `kubernest` loads them. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Homelab } from "../../src/config/homelab.ts";
import { loadHomelab } from "../../src/config/load.ts";
import type { HomelabSource } from "../../src/config/source.ts";

export const EXAMPLES_DIRECTORY = resolve(fileURLToPath(import.meta.url), "../../../examples");

/** Paths of every example's homelab file, sorted. */
export function exampleFiles(): string[] {
  return readdirSync(EXAMPLES_DIRECTORY).sort().flatMap((name) => ["homelab.yaml", "homelab.ts"].map((file) => join(EXAMPLES_DIRECTORY, name, file)).filter(existsSync));
}

export async function loadExample(file: string): Promise<{ homelab: Homelab; source: HomelabSource }> {
  const directory = resolve(file, "..");
  const loaded = await loadHomelab(file, { env: {}, readFile: (path) => readFileSync(resolve(directory, path), "utf8"), resolve: (path) => resolve(directory, path) });
  if (loaded.homelab === undefined) throw new Error(`${file}: ${loaded.findings.map((finding) => finding.message).join("; ")}`);
  return { homelab: loaded.homelab, source: loaded.source };
}

/** A homelab from text. */
export async function loadText(text: string): Promise<Homelab> {
  const loaded = await loadHomelab("homelab.yaml", { env: {}, readFile: () => text });
  if (loaded.homelab === undefined || loaded.findings.length > 0) throw new Error(loaded.findings.map((finding) => `${finding.path.join(".")}: ${finding.message}`).join("; "));
  return loaded.homelab;
}
