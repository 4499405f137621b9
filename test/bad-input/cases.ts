/**
 * The format of the tables of broken files: cases one after the other, each the text of a file and below it what must be found, whole.
 *
 *     === title
 *     machines: …                    the file; sections it leaves out (name, domain, machines) are added after it
 *     +++ secrets.sops.yaml          a file beside it
 *     …
 *     --- 
 *     4:15 error pod-cidr-disjoint: services 10.43.0.0/16 overlaps …
 *       expected: …   meant: …   fix: …
 *
 * `=== title (whole)` adds nothing; `(whole, homelab.ts)` names the file. The expected part is written anew with UPDATE=1 and then read by a person.
 */
import { checkFile } from "../../src/checks/check-file.ts";
import { completeExample } from "../../src/checks/complete-example.ts";
import { fieldPath } from "../../src/checks/report/plain.ts";
import type { Finding } from "../../src/config/finding.ts";
import { ApiAcceptance } from "../../src/rehearse/api-acceptance.ts";
import { apiFindings } from "../../src/rehearse/api-findings.ts";

export interface Case {
  readonly title: string;
  readonly flags: readonly string[];
  /** The main file, as written in the table. */
  readonly text: string;
  readonly besides: Readonly<Record<string, string>>;
  readonly expected: string;
}

export function parseCases(table: string): Case[] {
  return table
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const [head = "", ...rest] = part.split("\n");
      const [, title = head, flags = ""] = /^(.*?)(?: \(([^()]*)\))?$/.exec(head) ?? [];
      const [files = "", expected = ""] = rest.join("\n").split(/^---\n/m);
      const [text = "", ...more] = files.split(/^\+\+\+ /m);
      const besides = Object.fromEntries(more.map((file) => [file.slice(0, file.indexOf("\n")), file.slice(file.indexOf("\n") + 1)]));
      return { title, flags: flags.split(", ").filter((flag) => flag !== ""), text, besides, expected: expected.trimEnd() };
    });
}

/** The table's text again, with these expectations. */
export function formatCases(cases: readonly Case[]): string {
  return cases
    .map(({ title, flags, text, besides, expected }) => {
      const head = `=== ${title}${flags.length === 0 ? "" : ` (${flags.join(", ")})`}`;
      const more = Object.entries(besides).map(([name, content]) => `+++ ${name}\n${content}`);
      return `${head}\n${text}${more.join("")}---\n${expected}\n`;
    })
    .join("\n");
}

/** Kept: definitions are most of its work. */
const acceptance = new ApiAcceptance();

/** The day on which the tables are read. */
const TODAY = Date.parse("2026-11-01T12:00:00Z");

export function fileOf(test: Case): string {
  return test.flags.find((flag) => flag.includes(".")) ?? "homelab.yaml";
}

export async function findingsOf(test: Case): Promise<readonly Finding[]> {
  const main = fileOf(test);
  // The blank line before the next case belongs to the table, not to the file.
  const text = test.flags.includes("whole") ? test.text : completeExample(test.text.trimEnd());
  const readFile = (path: string): string => {
    const found = path === main && !test.flags.includes("absent") ? text : test.besides[path];
    if (found === undefined) throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: "ENOENT" });
    return found;
  };
  const { findings } = await checkFile(main, { env: { EMPTY: "", HOME_DOMAIN: "maison.example", BAD_RANGE: "10.0.0.0/99" }, readFile, today: TODAY, accepts: (homelab, source) => apiFindings(homelab, source, acceptance) });
  return findings;
}

export function describeFindings(findings: readonly Finding[]): string {
  return findings
    .map((finding) => {
      const more = [
        finding.expected === undefined ? undefined : `expected: ${finding.expected}`,
        finding.didYouMean === undefined ? undefined : `meant: ${finding.didYouMean}`,
        finding.fix === undefined ? undefined : `fix: ${finding.fix}`,
      ].filter((line) => line !== undefined);
      const place = finding.file.endsWith(".ts") && finding.path.length > 0 ? fieldPath(finding.path) : `${finding.line}:${finding.column}`;
      return [`${place} ${finding.severity} ${finding.id}: ${finding.message}`, ...more.map((line) => `  ${line}`)].join("\n");
    })
    .join("\n");
}
