/**
 * Where everything stands in the text of a secrets file: its values in the order in which SOPS walks them, its comments, its metadata.
 * The text itself is what is edited, piece by piece, so that comments, order and untouched ciphertext stay as they are.
 */
import { isAlias, isCollection, isMap, isScalar, isSeq, Lexer, LineCounter, parseAllDocuments, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { plainScalar, plainValue, type PlainValue } from "./plain-value.ts";
import { SecretsFailed } from "./secrets-failed.ts";

export const METADATA_KEY = "sops";
export type SecretsFormat = "yaml" | "json";

/** Offsets into the text: from the first character to the one after the last. */
export type Span = readonly [from: number, to: number];

export interface Leaf {
  /** Keys from the root; places in lists are not part of it. */
  readonly path: readonly string[];
  readonly span: Span;
  /** True inside `{…}` or `[…]`, where ciphertext needs quotes. */
  readonly inFlow: boolean;
  /** As it stands; null is null. */
  readonly value: PlainValue | null;
}

export interface TopKey {
  readonly name: string;
  readonly keySpan: Span;
  readonly valueSpan: Span;
  /** Undefined when the value is a mapping or a list. */
  readonly leaf: Leaf | undefined;
}

export interface Comment {
  /** After the `#`. */
  readonly span: Span;
  readonly text: string;
  /** The mapping or list it stands in. */
  readonly path: readonly string[];
}

export interface LaidOutDocument {
  readonly leaves: readonly Leaf[];
  readonly topKeys: readonly TopKey[];
  readonly comments: readonly Comment[];
  /** The root is `{…}`. */
  readonly isFlow: boolean;
  /** Where a key can be appended: the end of the document, in a flow mapping its closing brace. */
  readonly end: number;
  readonly isEmpty: boolean;
  readonly metadata: { readonly key: TopKey; readonly map: YAMLMap; readonly plain: Readonly<Record<string, unknown>> } | undefined;
}

export interface Layout {
  readonly format: SecretsFormat;
  readonly documents: readonly LaidOutDocument[];
}

/** By the name, as SOPS decides it. */
export function formatOf(file: string): SecretsFormat {
  if (/\.json$/i.test(file)) return "json";
  if (/\.(env|ini)$/i.test(file)) throw new SecretsFailed("unsupported", `${file}: SOPS files are read and written as YAML or JSON here`, "Name the file secrets.sops.yaml, or work with this one through sops.");
  return "yaml";
}

export function layOut(text: string, file: string): Layout {
  const format = formatOf(file);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, stringKeys: false });
  const comments = commentsIn(text);
  const laidOut: LaidOutDocument[] = [];
  let from = 0;
  for (const document of Array.isArray(documents) ? documents : []) {
    const error = document.errors[0];
    if (error !== undefined) throw unreadable(file, lines, error.pos[0], error.message.split("\n")[0]!);
    const root = document.contents;
    if (root !== null && !isMap(root) && !(isScalar(root) && plainScalar(root.source ?? "") === null)) throw unreadable(file, lines, root.range?.[0] ?? 0, "a secrets file is a mapping of names to values");
    const to = document.range[2];
    laidOut.push(layOutDocument(text, file, lines, isMap(root) ? root : undefined, to, comments.filter(({ span }) => span[0] > from && span[0] <= to)));
    from = to;
  }
  if (laidOut.length === 0) laidOut.push(layOutDocument(text, file, lines, undefined, text.length, comments));
  return { format, documents: laidOut };
}

interface Entry {
  readonly from: number;
  readonly column: number;
  readonly path: readonly string[];
}

function layOutDocument(text: string, file: string, lines: LineCounter, root: YAMLMap | undefined, documentEnd: number, found: readonly FoundComment[]): LaidOutDocument {
  const leaves: Leaf[] = [];
  const topKeys: TopKey[] = [];
  const entries: Entry[] = [];
  let metadata: LaidOutDocument["metadata"];
  const columnOf = (offset: number): number => lines.linePos(offset).col;

  const leafOf = (node: Scalar | null, path: readonly string[], at: Span, inFlow: boolean): Leaf => ({ path, span: at, inFlow, value: node === null ? null : scalarValue(node, file, lines) });
  const walk = (node: Node | null, path: readonly string[], at: Span, inFlow: boolean): Leaf | undefined => {
    if (node !== null && (isAlias(node) || (isCollection(node) || isScalar(node)) && node.anchor !== undefined)) throw unreadable(file, lines, at[0], "anchors and aliases are not kept by SOPS", "Write the value out where it is used.");
    if (isMap(node)) for (const pair of node.items) walkPair(pair as Pair<Node, Node | null>, path, inFlow || node.flow === true);
    else if (isSeq(node)) {
      for (const item of node.items as (Node | null)[]) {
        const from = item?.range?.[0] ?? at[0];
        const dash = node.flow === true ? from : text.lastIndexOf("-", from - (item === null || isEmptyScalar(item) ? 0 : 1));
        entries.push({ from: dash, column: columnOf(dash), path });
        const leaf = walk(item, path, spanOf(item, from), inFlow || node.flow === true);
        if (leaf !== undefined) leaves.push(leaf);
      }
    } else return leafOf(node as Scalar | null, path, at, inFlow);
    return undefined;
  };
  const walkPair = (pair: Pair<Node, Node | null>, path: readonly string[], inFlow: boolean): void => {
    const from = pair.key.range![0];
    const name = keyName(pair.key, file, lines);
    const valueSpan = spanOf(pair.value, pair.key.range![1]);
    if (path.length === 0 && name === METADATA_KEY) {
      if (!isMap(pair.value)) throw unreadable(file, lines, from, `${METADATA_KEY} is not a mapping: it holds the keys and the code that the file is verified with`);
      metadata = { key: { name, keySpan: spanOf(pair.key, from), valueSpan, leaf: undefined }, map: pair.value, plain: plainMap(pair.value) };
      return;
    }
    entries.push({ from, column: columnOf(from), path });
    const leaf = walk(pair.value, [...path, name], valueSpan, inFlow);
    if (leaf !== undefined) leaves.push(leaf);
    if (path.length === 0) topKeys.push({ name, keySpan: spanOf(pair.key, from), valueSpan, leaf });
  };
  if (root !== undefined) walk(root, [], spanOf(root, 0), false);

  const isFlow = root?.flow === true;
  const end = root !== undefined && isFlow ? root.range![1] - 1 : documentEnd;
  const comments = found.filter(({ span: [from] }) => metadata === undefined || from < metadata.key.keySpan[0] || from >= metadata.key.valueSpan[1]);
  return {
    leaves, topKeys, isFlow, end, metadata, isEmpty: root === undefined || root.items.length === 0,
    comments: comments.map((comment) => ({ ...comment, path: containerOf(comment.span[0] - 1, text, columnOf, entries) })),
  };
}

/**
 * A comment at the end of a line belongs to the last entry on it. One on its own line belongs to the entry that follows, unless it is indented
 * further: then it belongs where the last entry before it stands. That is how go-yaml has it, and SOPS authenticates the place.
 */
function containerOf(at: number, text: string, columnOf: (offset: number) => number, entries: readonly Entry[]): readonly string[] {
  const last = entries.findLast((entry) => entry.from < at);
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  if (text.slice(lineStart, at).trim() !== "") return last?.path ?? [];
  const next = entries.find((entry) => entry.from > at);
  return columnOf(at) > (next?.column ?? 1) ? (last?.path ?? []) : (next?.path ?? []);
}

type FoundComment = Pick<Comment, "span" | "text">;

function commentsIn(text: string): FoundComment[] {
  const found: FoundComment[] = [];
  let offset = 0;
  let isScalarNext = false;
  for (const token of new Lexer().lex(text)) {
    if (token === "\x02" || token === "\x18" || token === "\x1f") {
      // Marks of the lexer that stand for no character: the last one says that a scalar follows, which may begin with #.
      isScalarNext = token === "\x1f";
      continue;
    }
    if (!isScalarNext && token.startsWith("#")) {
      const body = token.slice(1).replace(/\r$/, "");
      found.push({ span: [offset + 1, offset + 1 + body.length], text: body });
    }
    offset += token.length;
    isScalarNext = false;
  }
  return found;
}

function spanOf(node: Node | null, otherwise: number): Span {
  return node?.range === undefined || node.range === null ? [otherwise, otherwise] : [node.range[0], node.range[1]];
}

function isEmptyScalar(node: Node): boolean {
  return isScalar(node) && node.source === "";
}

function keyName(key: Node | null, file: string, lines: LineCounter): string {
  const value = isScalar(key) ? scalarValue(key, file, lines) : undefined;
  if (value === null || value === undefined || value.type !== "str") throw unreadable(file, lines, key?.range?.[0] ?? 0, "a key that is no text; SOPS takes texts only", "Put it in quotes.");
  return value.bytes.toString("utf8");
}

function scalarValue(node: Scalar, file: string, lines: LineCounter): PlainValue | null {
  const text = typeof node.source === "string" ? node.source : String(node.value);
  if (node.tag === "tag:yaml.org,2002:binary") return { type: "str", bytes: Buffer.from(text.replace(/\s/g, ""), "base64") };
  if (node.tag !== undefined && node.tag !== "tag:yaml.org,2002:str" && node.tag !== "!") throw unreadable(file, lines, node.range?.[0] ?? 0, `the tag ${node.tag} is not read here`, "Write the value without it.");
  return node.type === "PLAIN" && node.tag === undefined ? plainScalar(text) : plainValue("str", text);
}

/** Metadata as JavaScript has it; every scalar as the text it is written with. */
function plainMap(map: YAMLMap): Record<string, unknown> {
  const plain = (node: unknown): unknown => {
    if (isMap(node)) return plainMap(node);
    if (isSeq(node)) return node.items.map(plain);
    return isScalar(node) ? (node.value === null ? undefined : node.source ?? String(node.value)) : undefined;
  };
  return Object.fromEntries(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : "", plain(pair.value)]));
}

function unreadable(file: string, lines: LineCounter, offset: number, what: string, hint = "Mend the file, or take it from the last commit."): SecretsFailed {
  const { line, col } = lines.linePos(offset);
  return new SecretsFailed("unreadable", `${file}:${line || 1}:${col || 1}: ${what}`, hint);
}
