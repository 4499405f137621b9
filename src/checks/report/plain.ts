/** Findings as lines that editors and CI read: `FILE:LINE:COLUMN: severity: message [id]`, and the fix below, indented. */
import type { Finding } from "../../config/finding.ts";

export function plainReport(findings: readonly Finding[]): string {
  return findings.map((finding) => `${placeOf(finding)}: ${finding.severity}: ${finding.message}${meant(finding)} [${finding.id}]\n${finding.fix === undefined ? "" : `  ${finding.fix}\n`}`).join("");
}

/** `homelab.yaml:12:9`; for `homelab.ts`, whose lines say nothing, the path of the field. */
export function placeOf(finding: Finding): string {
  if (/\.[cm]?[jt]s$/.test(finding.file) && finding.path.length > 0) return `${finding.file}: ${fieldPath(finding.path)}`;
  return `${finding.file}:${finding.line}:${finding.column}`;
}

/** `apps.shop.services.web.ports[0]`. */
export function fieldPath(path: Finding["path"]): string {
  return path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : /^[A-Za-z_][\w-]*$/.test(step) ? `${text}${text === "" ? "" : "."}${step}` : `${text}[${JSON.stringify(step)}]`), "");
}

function meant(finding: Finding): string {
  return finding.didYouMean === undefined ? "" : `; did you mean ${finding.didYouMean}?`;
}
