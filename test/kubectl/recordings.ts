/** What the same commands printed on the real control plane: `recorded.json`, one line of JSON a command so that a change reads well. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Printed } from "./run-sequence.ts";

const FILE = fileURLToPath(new URL("recorded.json", import.meta.url));

export type Recorded = Record<string, Printed[]>;

export async function loadRecorded(): Promise<Recorded> {
  return JSON.parse(await readFile(FILE, "utf8").catch(() => "{}")) as Recorded;
}

export async function saveRecorded(recorded: Recorded): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(recorded, null, 1)}\n`);
}
