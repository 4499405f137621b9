/** What real machines answered, and what facts make of it: each fact has a directory of cases beside it. A case says what was run, on which system, and how it was had. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FACTS } from "./gather.ts";
import { mergeQuestions, type Questions } from "./questions.ts";
import { parsePackages } from "./read/packages.ts";
import { parsePaths } from "./read/paths.ts";
import { parseUnits } from "./read/units.ts";
import { NOTHING_READ, type Readings } from "./readings.ts";

interface Case {
  readonly command: string;
  readonly system: string;
  readonly obtained: string;
  readonly questions?: Partial<Questions>;
  /** Lines. */
  readonly texts?: Readonly<Record<string, readonly string[]>>;
  /** As `stat` said them. */
  readonly paths?: readonly string[];
  readonly contents?: Readonly<Record<string, string>>;
  readonly units?: readonly string[];
  readonly packages?: readonly string[];
  readonly output?: readonly string[];
  readonly machineNowMs?: number;
  readonly sentAtMs?: number;
  readonly answeredAtMs?: number;
  readonly mark?: string;
  readonly fact: unknown;
}

const text = (lines: readonly string[] = []): string => lines.map((line) => `${line}\n`).join("");

describe.each(Object.entries(FACTS))("the fact %s", (id, fact) => {
  const directory = join(import.meta.dirname, `${id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.cases`);
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];

  it("has a case", () => {
    expect(names).not.toEqual([]);
  });

  it.each(names)("is read as in %s", (name) => {
    const recorded = JSON.parse(readFileSync(join(directory, name), "utf8")) as Case;
    for (const told of [recorded.command, recorded.system, recorded.obtained]) expect(told).toMatch(/\S/);
    const questions = mergeQuestions([recorded.questions ?? {}]);
    const readings: Readings = {
      ...NOTHING_READ,
      texts: Object.fromEntries(Object.entries(recorded.texts ?? {}).map(([path, lines]) => [path, text(lines)])),
      paths: parsePaths(text(recorded.paths)),
      contents: Object.fromEntries(Object.entries(recorded.contents ?? {}).map(([path, content]) => [path, new TextEncoder().encode(content)])),
      units: parseUnits(text(recorded.units), fact.reads(questions).units ?? []),
      packages: parsePackages(text(recorded.packages)),
      output: text(recorded.output),
      machineNowMs: recorded.machineNowMs ?? 0,
      sentAtMs: recorded.sentAtMs ?? 0,
      answeredAtMs: recorded.answeredAtMs ?? 0,
      mark: recorded.mark ?? "",
    };
    expect(JSON.parse(JSON.stringify(fact.parse(readings, questions)))).toEqual(recorded.fact);
  });
});
