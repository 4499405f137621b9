/** Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change. */
import type { Finding, Severity } from "../../config/finding.ts";
import { allChecks } from "../all.ts";
import { fileRules } from "./file-rules.ts";
import { valueLength } from "./pretty.ts";

const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = { error: "error", warning: "warning", info: "note" };

export interface SarifOptions {
  /** Kubernest's version. */
  readonly version: string;
  /** The text of the file, for the ends of regions; empty when its lines say nothing. */
  readonly text: string;
}

export function sarifReport(findings: readonly Finding[], options: SarifOptions): string {
  const rules = rulesOf(findings);
  const lines = options.text.split(/\r?\n/);
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "kubernest", semanticVersion: options.version, informationUri: "https://github.com/kubernest/kubernest", rules } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => ({
          ruleId: finding.id,
          ruleIndex: rules.findIndex((rule) => rule.id === finding.id),
          level: LEVELS[finding.severity],
          message: { text: [sentence(finding.message), finding.didYouMean === undefined ? undefined : `Did you mean ${finding.didYouMean}?`, finding.fix].filter((part) => part !== undefined).join(" ") },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(finding.file) }, region: regionOf(finding, lines) } }],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

interface SarifRule {
  id: string;
  shortDescription: { text: string };
  fullDescription?: { text: string };
  defaultConfiguration: { level: "error" | "warning" | "note" };
}

/** Every rule that was run, so that a viewer knows what passed; and the loader's that were found. */
function rulesOf(findings: readonly Finding[]): SarifRule[] {
  const rules: SarifRule[] = allChecks.map((check) => ({
    id: check.id,
    shortDescription: { text: check.summary },
    fullDescription: { text: check.why },
    defaultConfiguration: { level: LEVELS[check.severity] },
  }));
  for (const { id, severity } of findings) {
    if (rules.some((rule) => rule.id === id)) continue;
    rules.push({ id, shortDescription: { text: fileRules[id] ?? "The file can be read." }, defaultConfiguration: { level: LEVELS[severity] } });
  }
  return rules;
}

function regionOf(finding: Finding, lines: readonly string[]): { startLine: number; startColumn: number; endColumn?: number } {
  const line = lines[finding.line - 1];
  const region = { startLine: finding.line, startColumn: finding.column };
  return line === undefined || line.length < finding.column ? region : { ...region, endColumn: finding.column + valueLength(line, finding.column - 1) };
}

/** A relative path as a URI reference, an absolute one as a file URI. */
function uriOf(file: string): string {
  const path = file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${path}` : path.replace(/^\.\//, "");
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
