/** Structural damage to a homelab file, as people and editors do it: a pure function of the text and a seed. */
import { parse, stringify } from "yaml";
import type { Random } from "../../src/lib/seeded-random.ts";

type Path = readonly (string | number)[];
type Map = Record<string, unknown>;

export interface Mutation {
  /** `rename machines.pi1.address to adress`. */
  readonly what: string;
  readonly text: string;
  /** Places that were touched, in the new text and the old; empty for damage to lines. */
  readonly paths: readonly Path[];
  /** First line that was touched, for damage to lines. */
  readonly line?: number;
}

interface Node {
  readonly path: Path;
  readonly parent: Map | unknown[];
  readonly key: string | number;
  readonly value: unknown;
}

export function mutate(text: string, random: Random): Mutation {
  const isOfLines = random.next() < 0.2;
  return isOfLines ? mutateLines(text, random) : mutateTree(text, random);
}

// ---------------------------------------------------------------------------------------------- the tree

const OTHER_VALUES: readonly unknown[] = [null, true, false, 0, -1, 42, 1.5, 70_000, 1e21, "", "text", "one machine", " ", [], {}, ["a"], [null], { a: 1 }, { secret: "x" }, [[]], [{}]];
const NUMBERS: readonly number[] = [-1, 0, 1, 1.5, 65_536, 1e6, 2 ** 53, 1e21, -1e9, Infinity, NaN];
const HOSTILE = ["", " ", "\u0007", "é", "日本", "../../etc/passwd", "${HOME}", "$(reboot)", "`id`", "a\nb", "x".repeat(300), "__proto__", "constructor", "toString", "-", ".", "*", "&a", "0x1F", "1e3", "null", "~", "yes", "12:30", "{{ x }}", "%", "@"];

let last: { text: string; tree: Map } | undefined;

/** Read once, as thousands of mutations of one file follow each other. Parts that the file shares by an anchor stay shared in a clone too. */
function treeOf(text: string): Map {
  if (last?.text !== text) last = { text, tree: parse(text, { merge: true, maxAliasCount: 1000 }) as Map };
  return last.tree;
}

function mutateTree(text: string, random: Random): Mutation {
  const tree = structuredClone(treeOf(text));
  const nodes = nodesOf(tree, []);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  const node = pick(nodes);
  const at = node.path.join(".");
  const done = (what: string, ...paths: Path[]): Mutation => ({ what, text: stringify(tree, { aliasDuplicateObjects: false }), paths });
  const set = (target: Node, value: unknown): void => {
    define(target.parent, target.key, value);
  };
  switch (pick(["delete", "rename", "type", "type", "number", "garble", "garble", "duplicate", "move", "exchange", "wrap", "prototype"])) {
    case "delete":
      remove(node);
      return done(`delete ${at}`, node.path);
    case "rename": {
      if (typeof node.key === "number") return done(`nothing to rename at ${at}`);
      const keys = nodes.flatMap((other) => (typeof other.key === "string" ? [other.key] : []));
      const name = random.next() < 0.5 ? typo(node.key, random) : pick(keys);
      remove(node);
      define(node.parent, name, node.value);
      return done(`rename ${at} to ${name}`, node.path, [...node.path.slice(0, -1), name]);
    }
    case "type": {
      const value = pick(OTHER_VALUES);
      set(node, value);
      return done(`set ${at} to ${JSON.stringify(value)}`, node.path);
    }
    case "number": {
      const numbers = nodes.filter((other) => typeof other.value === "number");
      const target = numbers.length === 0 ? node : pick(numbers);
      const value = pick(NUMBERS);
      set(target, value);
      return done(`set ${target.path.join(".")} to ${value}`, target.path);
    }
    case "garble": {
      const texts = nodes.filter((other) => typeof other.value === "string");
      const target = texts.length === 0 ? node : pick(texts);
      const old = String(target.value);
      const value = random.next() < 0.5 ? typo(old, random) : random.next() < 0.5 ? pick(HOSTILE) : `${old}${pick(HOSTILE)}`;
      set(target, value);
      return done(`set ${target.path.join(".")} to ${JSON.stringify(value)}`, target.path);
    }
    case "duplicate": {
      if (Array.isArray(node.parent)) {
        node.parent.push(structuredClone(node.value));
        return done(`add ${at} again`, node.path, [...node.path.slice(0, -1), node.parent.length - 1]);
      }
      const name = `${String(node.key)}2`;
      define(node.parent, name, structuredClone(node.value));
      return done(`copy ${at} as ${name}`, node.path, [...node.path.slice(0, -1), name]);
    }
    case "move": {
      const other = pick(nodes.filter((candidate) => isMap(candidate.value) && !startsWith(candidate.path, node.path)));
      if (other === undefined) return done("nowhere to move to");
      remove(node);
      define(other.value as Map, String(node.key), node.value);
      return done(`move ${at} into ${other.path.join(".")}`, node.path, other.path, [...other.path, String(node.key)]);
    }
    case "exchange": {
      const other = pick(nodes.filter((candidate) => !startsWith(candidate.path, node.path) && !startsWith(node.path, candidate.path)));
      if (other === undefined) return done("nothing to exchange");
      set(node, other.value);
      set(other, node.value);
      return done(`exchange ${at} and ${other.path.join(".")}`, node.path, other.path);
    }
    case "wrap": {
      const value = random.next() < 0.5 ? [node.value] : { value: node.value };
      set(node, value);
      return done(`wrap ${at} in a ${Array.isArray(value) ? "list" : "map"}`, node.path);
    }
    default: {
      const maps = nodes.filter((candidate) => isMap(candidate.value));
      const target = pick(maps);
      const name = pick(["__proto__", "constructor", "toString", "hasOwnProperty", "x", ""]);
      define(target.value as Map, name, pick(OTHER_VALUES));
      return done(`add ${JSON.stringify(name)} to ${target.path.join(".")}`, target.path, [...target.path, name]);
    }
  }
}

function nodesOf(value: unknown, path: Path): Node[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, key) => [{ path: [...path, key], parent: value, key, value: item }, ...nodesOf(item, [...path, key])]);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [{ path: [...path, key], parent: value, key, value: item }, ...nodesOf(item, [...path, key])]);
}

/** Sets an own property, also one named `__proto__`. */
function define(parent: Map | unknown[], key: string | number, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove({ parent, key }: Node): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
}

function typo(text: string, random: Random): string {
  if (text === "") return "x";
  const at = random.below(text.length);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.charAt(at) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2);
    case 3:
      return text.slice(0, at) + text.charAt(at).toUpperCase() + text.slice(at + 1);
    default:
      return text.slice(0, at) + "abcxyz019-_./: "[random.below(15)] + text.slice(at + 1);
  }
}

export function startsWith(path: Path, beginning: Path): boolean {
  return beginning.every((step, index) => String(step) === String(path[index]));
}

function isMap(value: unknown): value is Map {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// ---------------------------------------------------------------------------------------------- the lines

function mutateLines(text: string, random: Random): Mutation {
  const lines = text.split("\n");
  const index = random.below(lines.length);
  const line = lines[index] ?? "";
  const column = random.below(line.length + 1);
  const done = (what: string): Mutation => ({ what: `${what} line ${index + 1}`, text: lines.join("\n"), paths: [], line: index + 1 });
  switch (random.below(8)) {
    case 0:
      lines.splice(index, 1);
      return done("remove");
    case 1:
      lines.splice(index, 0, line);
      return done("repeat");
    case 2:
      lines[index] = ` ${line}`;
      return done("indent");
    case 3:
      lines[index] = `\t${line}`;
      return done("tab");
    case 4:
      lines[index] = line.slice(0, column) + line.slice(column + 1);
      return done(`drop column ${column + 1} of`);
    case 5:
      lines[index] = line.slice(0, column) + "{}[]:,#&*!|>'\"%@`-?\u0000\u00a0"[random.below(21)] + line.slice(column);
      return done(`put a sign at column ${column + 1} of`);
    case 6:
      lines.splice(index, lines.length - index, line.slice(0, column));
      return done(`cut at column ${column + 1} of`);
    default: {
      const other = random.below(lines.length);
      lines[index] = lines[other] ?? "";
      lines[other] = line;
      return { what: `exchange lines ${index + 1} and ${other + 1}`, text: lines.join("\n"), paths: [], line: Math.min(index, other) + 1 };
    }
  }
}
