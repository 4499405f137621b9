/** Reads and writes what the real control plane answered: one file an area, one line a step, sorted by case. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Case } from "./case.ts";
import type { CaseResult, Recordings } from "./run-cases.ts";

const DIRECTORY = fileURLToPath(new URL("recorded/", import.meta.url));

export async function loadRecordings(): Promise<Recordings> {
  const all: Recordings = {};
  for (const file of (await readdir(DIRECTORY)).filter((name) => name.endsWith(".json")).sort()) {
    Object.assign(all, JSON.parse(await readFile(join(DIRECTORY, file), "utf8")) as Recordings);
  }
  return all;
}

/** Replaces the recordings of these results; those of cases that no longer exist are dropped. */
export async function saveRecordings(cases: readonly Case[], results: readonly CaseResult[], before: Recordings): Promise<void> {
  const shown = { ...before };
  for (const result of results) if (result.ok) shown[result.id] = result.shown;
  for (const area of new Set(cases.map((item) => item.area))) {
    const ids = cases.filter((item) => item.area === area && shown[item.id] !== undefined).map((item) => item.id).sort();
    const text = ids.map((id) => `  ${JSON.stringify(id)}: [\n${shown[id]!.map((step) => `    ${JSON.stringify(step)}`).join(",\n")}\n  ]`).join(",\n");
    await writeFile(join(DIRECTORY, `${area}.json`), `{\n${text}\n}\n`);
  }
}
