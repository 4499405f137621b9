/** What was seen on a real control plane, by case. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Milestone } from "./milestones.ts";

const FILE = fileURLToPath(new URL("recorded.json", import.meta.url));

export type Recorded = Record<string, Milestone[]>;

/** One line for each milestone: `["58.5", "node first: …"]`, seconds first. */
export async function loadRecorded(): Promise<Recorded> {
  const stored = JSON.parse(await readFile(FILE, "utf8")) as Record<string, [number, string][]>;
  return Object.fromEntries(Object.entries(stored).map(([id, lines]) => [id, lines.map(([seconds, text]) => ({ atMs: seconds * 1000, text }))]));
}

export async function saveRecorded(recorded: Recorded): Promise<void> {
  const text = Object.entries(recorded).sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, milestones]) => `  ${JSON.stringify(id)}: [\n${milestones.map(({ atMs, text: told }) => `    ${JSON.stringify([Math.round(atMs / 100) / 10, told])}`).join(",\n")}\n  ]`);
  await writeFile(FILE, `{\n${text.join(",\n")}\n}\n`);
}
