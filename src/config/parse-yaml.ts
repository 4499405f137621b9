/**
 * YAML 1.2 text into plain values, with the position of every key and value. Everything wrong is a problem with its place; nothing is
 * thrown. Anchors, aliases and merge keys are followed up to a bound, so that a small file cannot become a huge value.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Scalar, type Document, type ParsedNode, type YAMLError } from "yaml";
import type { Path } from "./finding.ts";
import { pathKey } from "./path-key.ts";
import type { Position } from "./source.ts";
import { substitute } from "./substitute.ts";

export interface YamlProblem {
  readonly id: string;
  readonly path: Path;
  readonly position: Position;
  readonly message: string;
  readonly value?: string;
  readonly expected?: string;
  readonly fix?: string;
}

export interface ParsedYaml {
  /** Undefined when the text is not YAML at all. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** Positions by path, as `pathKey` writes it. */
  readonly positions: ReadonlyMap<string, { readonly key?: Position; readonly value: Position }>;
  /** Numbers and booleans as they are written: `1.10` is not 1.1 where text is wanted. */
  readonly texts: ReadonlyMap<string, string>;
  /** What is written where a variable of the environment went in: shown instead of the value, which may be secret. */
  readonly substituted: ReadonlyMap<string, string>;
}

/** More than the largest homelab needs by far: a thousand apps of forty fields. */
export const VALUES_MAX = 200_000;
/** Deeper than any file goes; guards the stack. */
export const DEPTH_MAX = 64;
/** Parsing more than this would take seconds. */
export const TEXT_LENGTH_MAX = 8 * 1024 * 1024;

export function parseYaml(text: string, env: Readonly<Record<string, string | undefined>>): ParsedYaml {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const nothing = { value: undefined, positions: new Map(), texts: new Map(), substituted: new Map() };
  const problem = (id: string, message: string, fix: string): ParsedYaml => ({ ...nothing, problems: [{ id, path: [], position: { line: 1, column: 1 }, message, fix }] });
  if (source.length > TEXT_LENGTH_MAX) return problem("file-too-large", `the file is larger than ${TEXT_LENGTH_MAX / 1024 / 1024} MiB`, "Is this the right file?");
  if (source.includes("\0") || source.includes("\uFFFD")) return problem("not-text", "the file is not UTF-8 text", "Save it as UTF-8.");
  const lines = new LineCounter();
  const document = parseDocument(source, { version: "1.2", schema: "core", merge: true, prettyErrors: false, lineCounter: lines, stringKeys: false });
  const reader = new Reader(document, source, lines, env);
  const wrong = reader.syntaxProblems();
  if (wrong.some((one) => one.id === "yaml-syntax" || one.id === "several-documents")) return { ...nothing, problems: wrong };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return problem("empty-file", "the file is empty", "Run `kubernest init` for a first one.");
  }
  const value = reader.read(document.contents as ParsedNode, [], 0);
  return { value, problems: [...wrong, ...reader.problems], positions: reader.positions, texts: reader.texts, substituted: reader.substituted };
}

class Reader {
  readonly problems: YamlProblem[] = [];
  readonly positions = new Map<string, { key?: Position; value: Position }>();
  readonly texts = new Map<string, string>();
  readonly substituted = new Map<string, string>();
  private readonly document: Document.Parsed;
  private readonly source: string;
  private readonly lines: LineCounter;
  private readonly env: Readonly<Record<string, string | undefined>>;
  private valueCount = 0;
  /** Aliases that are being followed: one that meets itself is a loop. */
  private readonly following = new Set<unknown>();

  constructor(document: Document.Parsed, source: string, lines: LineCounter, env: Readonly<Record<string, string | undefined>>) {
    this.document = document;
    this.source = source;
    this.lines = lines;
    this.env = env;
  }

  /** What the parser itself complains about: the first of each line, as one slip often causes several. */
  syntaxProblems(): YamlProblem[] {
    const byLine = new Map<number, YamlProblem>();
    for (const error of [...this.document.errors, ...this.document.warnings]) {
      const position = this.at(error.pos[0]);
      if (!byLine.has(position.line) && error.code !== "DUPLICATE_KEY") byLine.set(position.line, this.syntaxProblem(error, position));
    }
    return [...byLine.values()];
  }

  private syntaxProblem(error: YAMLError, position: Position): YamlProblem {
    const lineText = this.source.split("\n")[position.line - 1] ?? "";
    if (error.code === "MULTIPLE_DOCS") {
      return { id: "several-documents", path: [], position, message: "the file holds several YAML documents", fix: "Keep one homelab in one file: remove the --- between them." };
    }
    if (error.code === "TAG_RESOLVE_FAILED") {
      return { id: "unknown-tag", path: [], position, value: error.message.replace(/^Unresolved tag: /, ""), message: "YAML tags mean nothing here", fix: "Remove the tag; secrets are written { secret: NAME }." };
    }
    const known: Readonly<Record<string, [string, string]>> = {
      TAB_AS_INDENT: ["a tab indents this line", "Indent with spaces."],
      BLOCK_AS_IMPLICIT_KEY: ["a second colon on this line makes the value a key", "Quote the value."],
      MISSING_CHAR: [lowerFirst(error.message), "Close what is open: a quote or a bracket."],
      BAD_INDENT: ["this line's indentation fits neither the line above nor any before", "Align it with the fields of the same map."],
      UNEXPECTED_TOKEN: [lowerFirst(error.message), "Quote the value if it holds any of : { } [ ] , & * # ? | > ! % @."],
    };
    const [message, fix] = known[error.code] ?? [lowerFirst(error.message), "See the line above, too: the slip may be there."];
    const unquoted = /[[{,:]\s*(\$\{[^}\n]*\})/.exec(lineText)?.[1];
    return {
      id: "yaml-syntax",
      path: [],
      position,
      message,
      fix: unquoted !== undefined && error.code !== "TAB_AS_INDENT" ? `Quote it: "${unquoted}" (within { } and [ ], YAML reads the braces as its own).` : fix,
    };
  }

  read(node: ParsedNode | null, path: Path, depth: number): unknown {
    if (++this.valueCount > VALUES_MAX || depth > DEPTH_MAX) {
      if (!this.problems.some((problem) => problem.id === "too-many-values")) {
        const why = depth > DEPTH_MAX ? `deeper than ${DEPTH_MAX} levels` : `more than ${VALUES_MAX} values`;
        this.report("too-many-values", path, node, `aliases and maps make ${why}`, "Write fewer aliases within aliases.");
      }
      return undefined;
    }
    if (node === null) return null;
    if (!this.positions.has(pathKey(path))) this.positions.set(pathKey(path), { value: this.start(node) });
    if (isAlias(node)) return this.readAlias(node, path, depth);
    if (isMap(node)) return this.readMap(node as unknown as MapNode, path, depth);
    if (isSeq(node)) return (node.items as (ParsedNode | null)[]).map((item, index) => this.read(item, [...path, index], depth + 1));
    return this.readScalar(node as unknown as Scalar, path);
  }

  private readAlias(node: ParsedNode & { source: string }, path: Path, depth: number): unknown {
    const target = (node as unknown as { resolve(document: Document): ParsedNode | undefined }).resolve(this.document);
    if (target === undefined) {
      this.report("unknown-alias", path, node, `no anchor is named ${node.source}`, `Write &${node.source} before the value it means, above this line.`);
      return undefined;
    }
    if (this.following.has(target)) {
      this.report("alias-loop", path, node, `the alias ${node.source} contains itself`, "Remove one of them.");
      return undefined;
    }
    this.following.add(target);
    // What is wrong below an alias is wrong where its anchor is written.
    const value = this.read(target, path, depth + 1);
    this.following.delete(target);
    return value;
  }

  private readMap(node: MapNode, path: Path, depth: number): unknown {
    const result: Record<string, unknown> = {};
    const merges: ParsedNode[] = [];
    const written = new Set<string>();
    for (const pair of node.items) {
      const key = this.readKey(pair.key, path);
      if (key === undefined) continue;
      if (key === "<<" && isScalar(pair.key) && (pair.key as Scalar).type === Scalar.PLAIN) {
        if (pair.value !== null) merges.push(pair.value);
        continue;
      }
      const childPath = [...path, key];
      if (written.has(key)) {
        const first = this.positions.get(pathKey(childPath))?.key;
        this.report("duplicate-key", childPath, pair.key, `${key} is given twice${first === undefined ? "" : `, first on line ${first.line}`}`, "Keep one of them.");
        this.forget(childPath);
      }
      written.add(key);
      this.positions.set(pathKey(childPath), { key: this.start(pair.key!), value: pair.value === null ? this.start(pair.key!) : this.start(pair.value) });
      result[key] = this.read(pair.value, childPath, depth + 1);
    }
    if (merges.length > 0) this.merge(result, merges, path, depth);
    return result;
  }

  /** The positions of a value that a second one of the same name replaces. */
  private forget(path: Path): void {
    const prefix = pathKey(path).slice(0, -1);
    for (const key of [...this.positions.keys()]) {
      if (key.startsWith(`${prefix},`) || key === `${prefix}]`) {
        this.positions.delete(key);
        this.texts.delete(key);
        this.substituted.delete(key);
      }
    }
  }

  /** `<<`: what the map itself says wins, then the first source. */
  private merge(result: Record<string, unknown>, merges: readonly ParsedNode[], path: Path, depth: number): void {
    const sources = merges.flatMap((value) => {
      const target = this.target(value);
      return target !== undefined && isSeq(target) ? (target.items as ParsedNode[]) : [value];
    });
    for (const source of sources) {
      const target = this.target(source);
      if (target === undefined || !isMap(target)) {
        this.report("bad-merge", path, source, "<< takes a map, an alias of a map, or a list of those", "Write <<: *NAME, where &NAME stands before a map.");
        continue;
      }
      if (this.following.has(target)) {
        this.report("alias-loop", path, source, "a map is merged into itself", "Remove the <<.");
        continue;
      }
      this.following.add(target);
      const fresh = new Reader(this.document, this.source, this.lines, this.env);
      for (const one of this.following) fresh.following.add(one);
      fresh.valueCount = this.valueCount;
      const merged = fresh.read(target as unknown as ParsedNode, path, depth + 1) as Record<string, unknown> | undefined;
      this.valueCount = fresh.valueCount;
      this.following.delete(target);
      const taken = Object.keys(merged ?? {}).filter((key) => !Object.hasOwn(result, key));
      for (const key of taken) {
        result[key] = merged![key];
        const prefix = pathKey([...path, key]).slice(0, -1);
        const below = (candidate: string) => candidate === `${prefix}]` || candidate.startsWith(`${prefix},`);
        for (const [name, position] of fresh.positions) if (below(name)) this.positions.set(name, position);
        for (const [name, text] of fresh.texts) if (below(name)) this.texts.set(name, text);
        for (const [name, text] of fresh.substituted) if (below(name)) this.substituted.set(name, text);
      }
      this.problems.push(...fresh.problems);
    }
  }

  private target(node: ParsedNode): ParsedNode | undefined {
    return isAlias(node) ? ((node as unknown as { resolve(document: Document): ParsedNode | undefined }).resolve(this.document) ?? undefined) : node;
  }

  private readKey(key: ParsedNode | null, path: Path): string | undefined {
    const target = key === null ? null : this.target(key);
    if (target === null || target === undefined || !isScalar(target)) {
      this.report("bad-key", path, key, "a field's name must be text", "Write the name, a colon, and the value.");
      return undefined;
    }
    const name = target.source ?? String(target.value);
    if (name === "__proto__") {
      this.report("bad-key", path, key, "__proto__ cannot be a name", "Choose another name.");
      return undefined;
    }
    return typeof target.value === "string" ? target.value : name;
  }

  private readScalar(node: Scalar, path: Path): unknown {
    const raw = node.value;
    if (typeof raw === "string") return this.readText(node, raw, path);
    if (typeof raw === "number" && !Number.isFinite(raw)) {
      this.report("wrong-value", path, node as unknown as ParsedNode, `${node.source ?? String(raw)} is not a number that can be used`, "Write a number.", node.source);
      return undefined;
    }
    if (raw !== null && node.source !== undefined && node.source !== String(raw)) this.texts.set(pathKey(path), node.source);
    return raw;
  }

  private readText(node: Scalar, raw: string, path: Path): unknown {
    const result = substitute(raw, this.env);
    for (const problem of result.problems) {
      const position = this.positionWithin(node, problem.name, problem.kind);
      if (problem.kind === "undefined") {
        this.problems.push({
          id: "undefined-variable",
          path,
          position,
          value: `\${${problem.name}}`,
          message: `the environment variable ${problem.name} is not set`,
          fix: `Set ${problem.name}, give a default: \${${problem.name}:-…}, or write $\${${problem.name}} for the text itself.`,
        });
      } else {
        this.problems.push({
          id: "malformed-variable",
          path,
          position,
          value: problem.name,
          message: `${problem.name} is no variable`,
          expected: "${NAME} or ${NAME:-default}",
          fix: "Write $${ where ${ itself is meant.",
        });
      }
    }
    if (result.text === raw) return raw;
    if (result.fromEnvironment) this.substituted.set(pathKey(path), raw);
    // As if it had been written there: an unquoted 3 is a number.
    if (node.type !== Scalar.PLAIN) return result.text;
    const typed = plainValue(result.text);
    if (typeof typed !== "string" && typed !== null && String(typed) !== result.text) this.texts.set(pathKey(path), result.text);
    return typed;
  }

  /** The variable's own place, found in the scalar's source; in a folded text that may be the first of several equal ones. */
  private positionWithin(node: Scalar, name: string, kind: "undefined" | "malformed"): Position {
    const [start, end] = node.range ?? [0, 0];
    const index = this.source.slice(start, end).indexOf(kind === "undefined" ? `\${${name}` : name);
    return this.at(start + Math.max(0, index));
  }

  private report(id: string, path: Path, node: ParsedNode | null, message: string, fix: string, value?: string): void {
    this.problems.push({ id, path, position: node === null ? this.near(path) : this.start(node), message, fix, ...(value === undefined ? {} : { value }) });
  }

  private near(path: Path): Position {
    for (let length = path.length; length >= 0; length--) {
      const found = this.positions.get(pathKey(path.slice(0, length)));
      if (found !== undefined) return found.value;
    }
    return { line: 1, column: 1 };
  }

  private start(node: ParsedNode): Position {
    return this.at(node.range?.[0] ?? 0);
  }

  private at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

interface MapNode {
  readonly items: readonly { readonly key: ParsedNode | null; readonly value: ParsedNode | null }[];
}

/** What the core schema reads from an unquoted text. */
function plainValue(text: string): unknown {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^(?:null|Null|NULL|~|)$/.test(text)) return text === "" ? "" : null;
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  if (/^0o[0-7]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) return Number(text);
  return text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
