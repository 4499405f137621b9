/** The table of upstream's conformance tests: what each of them says about the real control plane with fake nodes and about the embedded cluster. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/**
 * `passes`: passes on the real control plane with fake nodes, so the embedded cluster must pass it too.
 * `needs real containers`: fails on the real control plane with fake nodes; `why` is what it said there.
 * `not yet`: passes on the real one, and not on the embedded cluster; `why` says what is missing.
 */
export type UpstreamState = "passes" | "needs real containers" | "not yet";

export interface UpstreamTest {
  name: string;
  state: UpstreamState;
  why?: string;
  /** On the real control plane. */
  seconds?: number;
}

export interface UpstreamTable {
  kubernetes: string;
  tests: UpstreamTest[];
}

export const TABLE_FILE = fileURLToPath(new URL("../upstream.json", import.meta.url));

export async function loadTable(file = TABLE_FILE): Promise<UpstreamTable> {
  return JSON.parse(await readFile(file, "utf8")) as UpstreamTable;
}

/** One test a line, so that a change of one test is a change of one line. */
export async function saveTable(table: UpstreamTable, file = TABLE_FILE): Promise<void> {
  const lines = table.tests.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((test) => `    ${JSON.stringify(test)}`);
  await writeFile(file, `{\n  "kubernetes": ${JSON.stringify(table.kubernetes)},\n  "tests": [\n${lines.join(",\n")}\n  ]\n}\n`);
}
