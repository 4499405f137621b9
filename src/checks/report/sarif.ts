/** Findings as SARIF 2.1.0. */
import type { Finding, Severity } from "../../config/finding.ts";
import { allChecks } from "../all.ts";
import { fileRules } from "./file-rules.ts";
import { type SarifLevel, sarifLog, type SarifOptions, type SarifRule } from "./sarif-log.ts";

const LEVELS: Readonly<Record<Severity, SarifLevel>> = { error: "error", warning: "warning", info: "note" };

export function sarifReport(findings: readonly Finding[], options: SarifOptions): string {
  const results = findings.map(({ id, severity, file, line, column, message, didYouMean, fix }) => ({
    ruleId: id,
    level: LEVELS[severity],
    text: [sentence(message), didYouMean === undefined ? undefined : `Did you mean ${didYouMean}?`, fix].filter((part) => part !== undefined).join(" "),
    file,
    line,
    column,
  }));
  return sarifLog(rulesOf(findings), results, options);
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

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
