/** `docs/systems.md` keeps its word: each line of its tables is followed. After changing an example: npx tsx scripts/write-systems.ts */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { allChecks } from "../src/checks/all.ts";
import { loadHomelab } from "../src/config/load.ts";
import { UP_MACHINE_STAGES } from "../src/operations/up.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { loadExample, parseRow, placeOf, type SystemsRow } from "./systems-table.ts";

// Bounds a hang; on a busy machine these take seconds.
vi.setConfig({ testTimeout: 60_000 });

const text = readFileSync(join(import.meta.dirname, "../docs/systems.md"), "utf8");
const rows = text.split("\n").flatMap((line, index) => {
  const row = parseRow(line);
  return row === undefined ? [] : [{ row, number: index + 1 }];
});
const of = <K extends SystemsRow["kind"]>(kind: K) => rows.flatMap(({ row, number }) => (row.kind === kind ? [{ ...(row as Extract<SystemsRow, { kind: K }>), number }] : []));

/** Verbs of the design that are to come. One that is built must leave the tables. */
const VERBS_TO_COME = ["flash", "export", "import", "prove", "drill", "backup", "restore", "upgrade", "certs", "report", "check --live"];

test("there are five tables of rows that can be read", () => {
  expect(of("unreadable")).toEqual([]);
  expect(text.match(/^## \d\. /gm)).toHaveLength(5);
  expect(rows.length).toBeGreaterThan(250);
});

describe("fields", () => {
  test.each(of("field"))("line $number: $file carries $field", async ({ file, field, line, isDefault }) => {
    expect((await loadExample(file)).findings).toEqual([]);
    expect(await placeOf(file, field)).toEqual({ line, isDefault });
    if (!isDefault) {
      // The line itself has the field's name: the last word of the path, or for a place in a list what holds it.
      const { source } = await loadExample(file);
      const words = field.replace(/\[\d+\]/g, "").replace(/\["([^"]+)"\]/g, ".$1").split(/\.(?=[a-zA-Z0-9_-]+$)/);
      expect(source.text.split("\n")[line - 1]).toContain(field.endsWith("]") && field.includes("[0]") ? "-" : words.at(-1)!.split(/[/.]/).at(-1)!);
    }
  });
});

test.each(of("check"))("line $number: there is a rule $rule", ({ rule }) => {
  expect(allChecks.map((check) => check.id)).toContain(rule);
});

test.each(of("refused"))("line $number: $snippet is refused", async ({ snippet, finding }) => {
  const homelab = `name: a\nmachines: { pi1: { roles: control-plane } }\n${snippet}\n`;
  const { findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => homelab });
  expect(findings.map((one) => one.id)).toEqual([finding]);
  expect(findings[0]!.fix).toBeTruthy();
});

test.each(of("done"))("line $number: $verb does it", ({ verb, step }) => {
  expect(COMMANDS.map((command) => command.name)).toContain(verb);
  if (step !== undefined) expect(UP_MACHINE_STAGES.flatMap(({ steps }) => steps).map(({ id }) => id)).toContain(step);
});

test.each(of("verb"))("line $number: $verb is a verb to come", ({ verb }) => {
  expect(VERBS_TO_COME).toContain(verb);
  expect(COMMANDS.map((command) => command.name)).not.toContain(verb);
});
