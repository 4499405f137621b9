/** A log of one run as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change. */
import { valueLength } from "./pretty.ts";

export type SarifLevel = "error" | "warning" | "note";

export interface SarifRule {
  id: string;
  shortDescription: { text: string };
  fullDescription?: { text: string };
  defaultConfiguration: { level: SarifLevel };
}

export interface SarifResult {
  /** One of the rules. */
  ruleId: string;
  level: SarifLevel;
  text: string;
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** The same for the same matter in another run, whatever its line is then. */
  fingerprint?: string;
}

export interface SarifOptions {
  /** Kubernest's version. */
  readonly version: string;
  /** The text of the file, for the ends of regions; empty when its lines say nothing. */
  readonly text: string;
}

export function sarifLog(rules: readonly SarifRule[], results: readonly SarifResult[], options: SarifOptions): string {
  const lines = options.text.split(/\r?\n/);
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "kubernest", semanticVersion: options.version, informationUri: "https://github.com/kubernest/kubernest", rules } },
        columnKind: "utf16CodeUnits",
        results: results.map(({ ruleId, level, text, file, fingerprint, ...place }) => ({
          ruleId,
          ruleIndex: rules.findIndex((rule) => rule.id === ruleId),
          level,
          message: { text },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: regionOf(place, lines) } }],
          ...(fingerprint === undefined ? {} : { partialFingerprints: { [FINGERPRINT]: fingerprint } }),
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** Its name carries a version, as SARIF 3.27.17 asks. */
const FINGERPRINT = "subject/v1";

function regionOf({ line: startLine, column }: { line: number; column: number }, lines: readonly string[]): { startLine: number; startColumn: number; endColumn?: number } {
  const line = lines[startLine - 1];
  const region = { startLine, startColumn: column };
  return line === undefined || line.length < column ? region : { ...region, endColumn: column + valueLength(line, column - 1) };
}

/** A relative path as a URI reference, an absolute one as a file URI. */
function uriOf(file: string): string {
  const path = file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${path}` : path.replace(/^\.\//, "");
}
