/** The rows of `docs/systems.md`, for its test and for the script that renews its line numbers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explain, parsePath } from "../src/config/explain.ts";
import type { Path } from "../src/config/finding.ts";
import { loadHomelab, type Loaded } from "../src/config/load.ts";

export type SystemsRow =
  | { readonly kind: "field"; readonly item: string; readonly field: string; readonly isDefault: boolean; readonly file: string; readonly line: number }
  | { readonly kind: "check"; readonly item: string; readonly rule: string }
  | { readonly kind: "refused"; readonly item: string; readonly snippet: string; readonly finding: string }
  | { readonly kind: "verb"; readonly item: string; readonly verb: string }
  | { readonly kind: "done"; readonly item: string; readonly verb: string; readonly step: string | undefined }
  | { readonly kind: "unreadable"; readonly item: string; readonly text: string };

const FIELD = /^\| (?<item>.+?) \| `(?<field>[^`]+)`(?<isDefault> \(default\))? \| \[(?<shown>[^\]]+):\d+\]\(\.\.\/examples\/(?<file>[^)#]+)#L(?<line>\d+)\) \|$/;
const CHECK = /^\| (?<item>.+?) \| \| check: `(?<rule>[a-z0-9-]+)` \|$/;
const REFUSED = /^\| (?<item>.+?) \| `(?<snippet>[^`]+)` \| refused: `(?<finding>[a-z-]+)` \|$/;
const VERB = /^\| (?<item>.+?) \| \| not built yet: `(?<verb>[a-z0-9 -]+)` \|$/;
const DONE = /^\| (?<item>.+?) \| \| done by `(?<verb>[a-z -]+)`(?:: `(?<step>[a-z0-9-]+)`)? \|$/;

/** One row of a table, or undefined for any other line. */
export function parseRow(text: string): SystemsRow | undefined {
  if (!text.startsWith("| ") || text.startsWith("| item |") || text.startsWith("| ---")) return undefined;
  const field = FIELD.exec(text)?.groups;
  if (field !== undefined) return { kind: "field", item: field["item"]!, field: field["field"]!, isDefault: field["isDefault"] !== undefined, file: field["file"]!, line: Number(field["line"]) };
  const check = CHECK.exec(text)?.groups;
  if (check !== undefined) return { kind: "check", item: check["item"]!, rule: check["rule"]! };
  const refused = REFUSED.exec(text)?.groups;
  if (refused !== undefined) return { kind: "refused", item: refused["item"]!, snippet: refused["snippet"]!, finding: refused["finding"]! };
  const done = DONE.exec(text)?.groups;
  if (done !== undefined) return { kind: "done", item: done["item"]!, verb: done["verb"]!, step: done["step"] };
  const verb = VERB.exec(text)?.groups;
  if (verb !== undefined) return { kind: "verb", item: verb["item"]!, verb: verb["verb"]! };
  return { kind: "unreadable", item: text, text };
}

const loaded = new Map<string, Promise<Loaded>>();

/** An example, loaded once. */
export function loadExample(file: string): Promise<Loaded> {
  const known = loaded.get(file) ?? loadHomelab(join(import.meta.dirname, "../examples", file), { env: {}, readFile: (path) => readFileSync(path, "utf8") });
  loaded.set(file, known);
  return known;
}

/** Where an example carries a field; undefined when it does not. Paths are the file's own, or those of its long form. */
export async function placeOf(file: string, field: string): Promise<{ readonly line: number; readonly isDefault: boolean } | undefined> {
  const { homelab, source } = await loadExample(file);
  const path: Path = parsePath(field);
  if (source.has(path)) return { line: source.position(path, "key").line, isDefault: false };
  if (homelab === undefined || !explain(homelab, field).found) return undefined;
  return { line: source.position(path, "key").line, isDefault: true };
}
