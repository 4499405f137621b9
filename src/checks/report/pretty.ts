/** Findings for people at a terminal: by severity, each with the line it is about, a caret, and what to do. */
import type { Finding, Severity } from "../../config/finding.ts";
import { wrapText } from "../../lib/wrap-text.ts";
import { placeOf } from "./plain.ts";
import { countOf, SEVERITIES, summaryText } from "./summary.ts";

export interface PrettyOptions {
  /** The text of the file; empty when its lines say nothing. */
  readonly text: string;
  /** Columns to fit in. */
  readonly width: number;
  readonly colour: boolean;
}

const TITLES: Readonly<Record<Severity, string>> = { error: "Errors", warning: "Warnings", info: "Notes" };
const SIGNS: Readonly<Record<Severity, string>> = { error: "✗", warning: "!", info: "i" };
const CODES: Readonly<Record<Severity | "dim" | "bold", readonly [number, number]>> = { error: [31, 39], warning: [33, 39], info: [36, 39], dim: [2, 22], bold: [1, 22] };

/** Terminals narrower than this get lines that are cut by the terminal rather than text in slivers. */
const WIDTH_MIN = 40;
const WIDTH_MAX = 110;
/** Longer lists of what would be right are left out where the likely one is named. */
const EXPECTED_LENGTH_MAX = 100;

export function prettyReport(findings: readonly Finding[], file: string, options: PrettyOptions): string {
  const style = (code: keyof typeof CODES, text: string): string => (options.colour ? `\u001b[${CODES[code][0]}m${text}\u001b[${CODES[code][1]}m` : text);
  const width = Math.max(WIDTH_MIN, Math.min(options.width, WIDTH_MAX));
  const lines = options.text.split(/\r?\n/);
  let out = "";
  for (const severity of SEVERITIES) {
    if (countOf(findings, severity) === 0) continue;
    out += `${style("bold", TITLES[severity])}\n\n`;
    for (const finding of findings) if (finding.severity === severity) out += `${one(finding, lines, width, style)}\n`;
  }
  const worst = SEVERITIES.find((severity) => countOf(findings, severity) > 0);
  const summary = `${file}: ${summaryText(findings)}`;
  return `${out}${worst === undefined ? summary : style(worst, summary)}\n`;
}

function one(finding: Finding, lines: readonly string[], width: number, style: (code: keyof typeof CODES, text: string) => string): string {
  const head = `${style(finding.severity, SIGNS[finding.severity])} ${placeOf(finding)}  ${style("dim", finding.id)}`;
  const rows: string[] = [head, ...wrapText(finding.message, width - 2).map((line) => `  ${line}`), ...excerpt(finding, lines, width).map((line, index) => `  ${index === 1 ? style(finding.severity, line) : style("dim", line)}`)];
  const field = (name: string, text: string | undefined): void => {
    if (text === undefined) return;
    const [first = "", ...rest] = wrapText(text, width - 12);
    rows.push(`  ${style("dim", name.padEnd(9))} ${first}`, ...rest.map((line) => `${" ".repeat(12)}${line}`));
  };
  // Forty field names help nobody who misspelt one of them.
  if (finding.didYouMean === undefined || (finding.expected ?? "").length <= EXPECTED_LENGTH_MAX) field("expected", finding.expected);
  field("meant", finding.didYouMean);
  field("fix", finding.fix);
  return `${rows.join("\n")}\n`;
}

/** The line and a caret under its value, in the room there is; nothing where the file has no such line. */
function excerpt(finding: Finding, lines: readonly string[], width: number): string[] {
  const line = lines[finding.line - 1];
  // A secret that stands in the open is not printed once more.
  if (finding.expected?.startsWith("{ secret: NAME }") === true) return [];
  if (line === undefined || line.trim() === "" || (lines.length === 1 && finding.line === 1 && finding.column === 1)) return [];
  const number = String(finding.line);
  const gutter = `${number} │ `;
  const room = Math.max(10, width - gutter.length - 3);
  // A long line is shown from a little before the place.
  const start = finding.column - 1 > room - 10 ? finding.column - 1 - Math.floor(room / 3) : 0;
  const isCut = start > 0;
  const shown = `${isCut ? "…" : ""}${line.slice(start, start + room)}${line.length > start + room ? "…" : ""}`;
  const caretAt = finding.column - 1 - start + (isCut ? 1 : 0);
  const length = Math.max(1, Math.min(valueLength(line, finding.column - 1), shown.length - caretAt));
  // Tabs keep their width before the caret.
  const padding = shown.slice(0, caretAt).replace(/[^\t]/g, " ");
  return [`${gutter}${shown}`, `${" ".repeat(number.length)} │ ${padding}${"^".repeat(length)}`];
}

/** How many characters from here belong to the value or key: to the end of the token. */
export function valueLength(line: string, index: number): number {
  const rest = line.slice(index);
  const quoted = /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/.exec(rest);
  if (quoted !== null) return quoted[0].length;
  if (/^[[{]/.test(rest)) return rest.replace(/\s+#.*$/, "").trimEnd().length;
  const plain = /^[^\s,:}\]#]+(?:[ :](?![\s#])[^\s,}\]#]+)*/.exec(rest);
  return plain?.[0].replace(/:$/, "").length ?? 1;
}
