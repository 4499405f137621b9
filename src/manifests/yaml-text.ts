/**
 * Objects as YAML text that readers of YAML 1.1 and 1.2 understand alike: a string is written bare only where no reader takes it for anything else;
 * `yes`, `on`, `012`, `12:30`, `1.20` are quoted. Own writer, as the general one costs most of the time of a render; its test reads back with the general one.
 */
import type { HomelabSource } from "../config/source.ts";
import type { RenderedFile, RenderedObject } from "./rendered.ts";

/** First line of every file we write: what `render -o` may replace and remove. */
export const FILE_MARKER = "# Rendered by kubernest. Do not edit: change the homelab and render again.";

/** Starts with a letter, slash or underscore, so that it is no number, date or indicator; a colon or space only between plain characters. */
const BARE = /^[A-Za-z/_](?:[-A-Za-z0-9_./@+=()]|[: ](?=[-A-Za-z0-9_./@+=()]))*$/;

/** Quantities and durations: digits and a unit that no number format has. */
const AMOUNT = /^[0-9]{1,18}(?:m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi|s|h|d|w|ms)$/;

/** What YAML 1.1 reads as a boolean or null. */
const WORDS = new Set(["y", "n", "yes", "no", "on", "off", "true", "false", "null"]);

/** Inside a literal block: printable, no tab or carriage return, no byte order mark or line separator that some reader splits at. */
// eslint-disable-next-line no-control-regex -- the point is to name them
const NOT_LITERAL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]/;

function scalar(text: string): string {
  if (text.length <= 200 && !text.includes("  ") && (BARE.test(text) ? !WORDS.has(text.toLowerCase()) : AMOUNT.test(text))) return text;
  // JSON's strings are YAML's double-quoted ones; line separators are escaped, as YAML 1.1 folds them.
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A literal block, or undefined where the text cannot be one: it has one line, odd characters, or starts with a space or an empty line. */
function literal(text: string, indent: string): string | undefined {
  if (!text.includes("\n") || NOT_LITERAL.test(text) || /^[ \n]/.test(text) || / (?:\n|$)/.test(text)) return undefined;
  const trailing = /\n*$/.exec(text)?.[0].length ?? 0;
  const chomp = trailing === 0 ? "-" : trailing === 1 ? "" : "+";
  const body = trailing === 0 ? text : text.slice(0, -1);
  return `|${chomp}\n${body.split("\n").map((line) => (line === "" ? "" : `${indent}${line}`)).join("\n")}`;
}

function write(value: unknown, indent: string, out: string[], start: string): void {
  if (typeof value === "string") out.push(start, literal(value, `${indent}  `) ?? scalar(value), "\n");
  else if (value === null || value === undefined) out.push(start, "null\n");
  else if (typeof value === "boolean") out.push(start, value ? "true\n" : "false\n");
  else if (typeof value === "number") out.push(start, Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value) : JSON.stringify(value), "\n");
  else if (Array.isArray(value)) writeList(value, indent, out, start);
  else writeMap(value as Record<string, unknown>, indent, out, start);
}

/** `start` is what is already on the line: `key: ` or `- `. */
function writeList(list: readonly unknown[], indent: string, out: string[], start: string): void {
  if (list.length === 0) {
    out.push(start, "[]\n");
    return;
  }
  if (start !== "") out.push(start.trimEnd(), "\n");
  for (const item of list) {
    out.push(indent);
    if (item !== null && typeof item === "object" && !Array.isArray(item)) writeEntries(item as Record<string, unknown>, `${indent}  `, out, "- ");
    else write(item, Array.isArray(item) ? `${indent}  ` : indent, out, "- ");
  }
}

function writeMap(map: Record<string, unknown>, indent: string, out: string[], start: string): void {
  if (start !== "" && Object.keys(map).length > 0) out.push(start.trimEnd(), "\n", indent);
  writeEntries(map, indent, out, Object.keys(map).length > 0 ? "" : start);
}

/** The entries of a map; the first goes on the line that `lead` begins. */
function writeEntries(map: Record<string, unknown>, indent: string, out: string[], lead: string): void {
  const entries = Object.entries(map);
  if (entries.length === 0) {
    out.push(lead, "{}\n");
    return;
  }
  entries.forEach(([key, value], index) => {
    out.push(index === 0 ? lead : indent);
    const start = `${scalar(key)}: `;
    if (Array.isArray(value)) writeList(value, indent, out, start);
    else if (value !== null && typeof value === "object") writeMap(value as Record<string, unknown>, `${indent}  `, out, start);
    else write(value, indent, out, start);
  });
}

/** One value as a YAML document, ending in a newline. Keys keep their order. */
export function yamlDocument(value: unknown): string {
  const out: string[] = [];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) writeEntries(value as Record<string, unknown>, "", out, "");
  else write(value, "", out, "");
  return out.join("");
}

export interface TextOptions {
  /** With a source each comment names the line of the file. */
  source?: HomelabSource;
}

function comment(item: RenderedObject, options: TextOptions): string {
  if (options.source === undefined || options.source.kind === "typescript") return `# from ${item.path}`;
  const { line } = options.source.position(item.at);
  return `# from ${item.path} (${options.source.file}:${line})`;
}

/** The text of a file: a marker, then each object with a comment that says where it comes from. */
export function fileText(file: RenderedFile, options: TextOptions = {}): string {
  if (file.text !== undefined) return `${FILE_MARKER}\n${file.text}`;
  const parts = [FILE_MARKER, "\n"];
  for (const item of file.objects) parts.push("---\n", comment(item, options), "\n", yamlDocument(item.object));
  return parts.join("");
}
