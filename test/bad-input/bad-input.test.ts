/** Broken files and exactly what is said of them. UPDATE=1 writes the tables anew: read them before you commit. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { allChecks } from "../../src/checks/all.ts";
import { fileRules } from "../../src/checks/report/file-rules.ts";
import { type Case, describeFindings, findingsOf, formatCases, parseCases } from "./cases.ts";

const DIRECTORY = new URL("cases/", import.meta.url);
const tables = readdirSync(DIRECTORY)
  .sort()
  .map((file) => ({ file, cases: parseCases(readFileSync(new URL(file, DIRECTORY), "utf8")) }));

const seen = new Map<string, number>();

describe.each(tables.map(({ file, cases }) => [file, cases] as const))("%s", (file, cases) => {
  const written: Case[] = [];
  it.each(cases.map((test) => [test.title, test] as const))("%s", async (_title, test) => {
    const findings = await findingsOf(test);
    const text = describeFindings(findings);
    written.push({ ...test, expected: text });
    for (const { id } of findings) seen.set(id, (seen.get(id) ?? 0) + 1);
    const said = findings.map((finding) => [finding.message, finding.value, finding.expected, finding.fix].filter(Boolean).join(" ")).join(" ");
    expect(said, "a finding shows no stack and no internals").not.toMatch(/\bat .*:\d+:\d+\)|undefined|\[object|NaN|node_modules/);
    for (const finding of findings) expect(finding.fix, `${finding.id} says how to mend it`).toBeTruthy();
    if (process.env["UPDATE"] !== "1") expect(text).toBe(test.expected);
  });
  afterAll(() => {
    if (process.env["UPDATE"] === "1") writeFileSync(new URL(file, DIRECTORY), formatCases(written));
  });
});

describe("the tables together", () => {
  it("hold at least 150 broken files, each of which is reported", () => {
    const cases = tables.flatMap((table) => table.cases);
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(cases.map((test) => test.title)).size, "titles are distinct").toBe(cases.length);
    if (process.env["UPDATE"] !== "1") expect(cases.filter((test) => test.expected === "").map((test) => test.title)).toEqual([]);
  });

  it("hit every rule, and every finding of reading a file", () => {
    // Two rules look at what was seen on machines, which a file does not say.
    const fromFacts = ["version-skew"];
    const all = [...allChecks.map((check) => check.id), ...Object.keys(fileRules)].filter((id) => !fromFacts.includes(id));
    expect(all.filter((id) => !seen.has(id))).toEqual([]);
    const known = new Set([...all, ...fromFacts]);
    expect([...seen.keys()].filter((id) => !known.has(id)), "each finding is on the page of rules").toEqual([]);
  });
});
