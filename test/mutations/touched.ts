/** What damage to a file touched, read from the two files themselves, and whether a finding is about that. */
import { parse, parseDocument } from "yaml";
import type { Finding, Path } from "../../src/config/finding.ts";
import { startsWith } from "./mutate.ts";

export interface Touched {
  /** Places that differ, in the good file's tree or the damaged one's; undefined when the damaged text is no (or ambiguous) YAML. */
  readonly places: readonly Path[] | undefined;
  /** Names and values that came or went there: what a finding elsewhere may say of the damage. */
  readonly words: readonly string[];
  readonly line: number | undefined;
}

/** `line`: the first damaged one, of damage to lines. */
export function touchedBy(good: string, damaged: string, line?: number): Touched {
  const document = parseDocument(damaged, OPTIONS);
  if (document.errors.length > 0) return { places: undefined, words: [], line };
  const places: Path[] = [];
  const words = new Set<string>();
  compare(treeOf(good), document.toJS({ maxAliasCount: 1000 }), [], places, words);
  // The machine, app or site part that was damaged: a rule that looks at several names the one.
  for (const place of places) if (place.length > 2 && typeof place[1] === "string") words.add(place[1]);
  return { places: places.map((path) => (isAnchor(path) ? path.slice(0, 1) : path)), words: [...words].filter((word) => word.length > 0), line };
}

let last: { text: string; tree: unknown } | undefined;

/** Read once, as many damaged files are compared with one good one. It is only looked at. */
function treeOf(good: string): unknown {
  if (last?.text !== good) last = { text: good, tree: parse(good, { ...OPTIONS, maxAliasCount: 1000 }) };
  return last.tree;
}

const OPTIONS = { merge: true, logLevel: "silent" } as const;

/** Fields beside the homelab, for anchors; what uses them differs too. */
const isAnchor = (path: Path): boolean => String(path[0]).startsWith("x-");

function compare(before: unknown, after: unknown, path: Path, places: Path[], words: Set<string>): void {
  if (Object.is(before, after)) return;
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    places.push(path);
    for (const value of [before, after]) collect(value, words);
    if (path.length > 0 && (before === undefined || after === undefined)) collect(path.at(-1), words);
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = Array.isArray(before) ? Number(key) : key;
    compare(own(before, key), own(after, key), [...path, step], places, words);
  }
}

/** Names and short values; a long subtree is about more than it says. */
function collect(value: unknown, words: Set<string>): void {
  if (isTree(value)) for (const [key, item] of Object.entries(value)) [Array.isArray(value) ? undefined : key, item].forEach((one) => collect(one, words));
  else if (value !== undefined && value !== null) words.add(String(value));
}

/** A finding at the damage, inside it, in the map or list that it is in, or above it where something is missing; or one elsewhere that names what came or went. */
export function isAbout(finding: Finding, { places, words, line }: Touched): boolean {
  // A file with a byte that is no text is refused whole.
  if (finding.id === "not-text") return true;
  // What is no YAML is noticed where it begins, where it ends, or as late as the end of the file.
  if (finding.line === line) return true;
  if (places === undefined) return finding.line >= (line ?? 1) - LINES_BEFORE_MAX;
  const { path } = finding;
  if (places.some((place) => startsWith(path, place) || startsWith(path, place.slice(0, -1)) && place.length > 1 || (path.length > 0 && startsWith(place, path)))) return true;
  if (places.some((place) => place.length <= 1) && path.length === 0) return true;
  const said = [finding.message, finding.value, finding.expected, finding.fix].join("\n");
  return words.some((word) => new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w-])`).test(said));
}

/** A block of which a line is damaged may be reported at its head. */
const LINES_BEFORE_MAX = 2;

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const own = (tree: Record<string, unknown>, key: string): unknown => (Object.hasOwn(tree, key) ? tree[key] : undefined);
