/**
 * Findings as JSON: `{ file, valid, summary: { errors, warnings, infos }, findings: [...] }`. Each finding has id, severity, path (list of keys and
 * positions from 0), field (the path as text), file, line and column (from 1), message, and where known value, expected, didYouMean, fix.
 */
import type { Finding } from "../../config/finding.ts";
import { fieldPath } from "./plain.ts";
import { countOf } from "./summary.ts";

export function jsonReport(findings: readonly Finding[], file: string): string {
  const errors = countOf(findings, "error");
  const report = {
    file,
    valid: errors === 0,
    summary: { errors, warnings: countOf(findings, "warning"), infos: countOf(findings, "info") },
    findings: findings.map((finding) => ({
      id: finding.id,
      severity: finding.severity,
      path: finding.path,
      field: fieldPath(finding.path),
      file: finding.file,
      line: finding.line,
      column: finding.column,
      message: finding.message,
      value: finding.value,
      expected: finding.expected,
      didYouMean: finding.didYouMean,
      fix: finding.fix,
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
