/** How many findings of each severity, in words. */
import type { Finding, Severity } from "../../config/finding.ts";

export const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

export function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/** `2 errors, 1 warning` or `no findings`. */
export function summaryText(findings: readonly Finding[]): string {
  const words = { error: ["error", "errors"], warning: ["warning", "warnings"], info: ["note", "notes"] } as const;
  const parts = SEVERITIES.flatMap((severity) => {
    const count = countOf(findings, severity);
    return count === 0 ? [] : [`${count} ${words[severity][count === 1 ? 0 : 1]}`];
  });
  return parts.length === 0 ? "no findings" : parts.join(", ");
}
