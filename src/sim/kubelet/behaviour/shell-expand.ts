/** Words of a script with their expansions: variables, commands, arithmetic, and the splitting of what was not quoted. */
import type { Script } from "./shell-parse.ts";
import type { Word } from "./shell-words.ts";
import type { Wait } from "./shell-programs.ts";
import { Leave, type ShellState } from "./shell-state.ts";

/** Runs a script and hands back what it wrote. */
export type Capture = (script: Script) => Generator<Wait, string>;

/** A word becomes no, one or several words: unquoted expansions are split at blanks. */
export function* expandWord(word: Word, state: ShellState, capture: Capture): Generator<Wait, string[]> {
  const fields: string[] = [];
  let current = "";
  let hasCurrent = false;
  const next = (): void => {
    if (hasCurrent) fields.push(current);
    current = "";
    hasCurrent = false;
  };
  const append = (text: string, isQuoted: boolean): void => {
    if (isQuoted) {
      current += text;
      hasCurrent = true;
      return;
    }
    text.split(/[ \t\n]+/).forEach((piece, index) => {
      if (index > 0) next();
      if (piece === "") return;
      current += piece;
      hasCurrent = true;
    });
  };
  for (const part of word) {
    switch (part.kind) {
      case "text":
        append(part.text, true);
        break;
      case "variable":
        if (part.name === "@" && part.isQuoted) {
          state.params.slice(1).forEach((param, index) => {
            if (index > 0) next();
            append(param, true);
          });
        } else append(yield* variable(part, state, capture), part.isQuoted);
        break;
      case "command":
        append((yield* capture(part.script)).replace(/\n+$/, ""), part.isQuoted);
        break;
      case "arithmetic":
        append(String(arithmetic(part.expression, (name) => state.value(name) ?? "0")), part.isQuoted);
        break;
    }
  }
  next();
  return fields;
}

function* variable(part: Extract<Word[number], { kind: "variable" }>, state: ShellState, capture: Capture): Generator<Wait, string> {
  if (part.name.length > 1 && part.name.startsWith("#")) return String((state.value(part.name.slice(1)) ?? "").length);
  const value = state.value(part.name);
  const { operator } = part;
  if (operator === undefined) return value ?? "";
  const isMissing = operator.startsWith(":") ? value === undefined || value === "" : value === undefined;
  const kind = operator.replace(":", "");
  if (kind === "?" && isMissing) throw new Leave("exit", 2);
  if (kind === "?" || ((kind === "-" || kind === "=") && !isMissing)) return value!;
  if (kind === "+" && isMissing) return "";
  const other = (yield* expandWord(part.fallback ?? [], state, capture)).join(" ");
  if (kind === "=") state.variables.set(part.name, other);
  return kind === "-" || kind === "=" || kind === "+" ? other : strip(value ?? "", other, operator);
}

export function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "s");
}

function strip(value: string, pattern: string, operator: string): string {
  const matcher = glob(pattern);
  const isSuffix = operator.startsWith("%");
  const isLongest = operator.length === 2;
  const lengths = Array.from({ length: value.length + 1 }, (_unused, index) => index);
  if (isLongest) lengths.reverse();
  for (const length of lengths) {
    const piece = isSuffix ? value.slice(value.length - length) : value.slice(0, length);
    if (matcher.test(piece)) return isSuffix ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}

/** Whole numbers with + - * / % and comparisons, left to right by precedence. */
function arithmetic(expression: string, valueOf: (name: string) => string): number {
  const tokens = expression.replace(/\$/g, "").match(/\d+|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||[-+*/%()<>]/g) ?? [];
  let at = 0;
  const LEVELS = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];
  const apply: Readonly<Record<string, (a: number, b: number) => number>> = {
    "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => (b === 0 ? 0 : Math.trunc(a / b)), "%": (a, b) => (b === 0 ? 0 : a % b),
    "==": (a, b) => Number(a === b), "!=": (a, b) => Number(a !== b), "<": (a, b) => Number(a < b), "<=": (a, b) => Number(a <= b),
    ">": (a, b) => Number(a > b), ">=": (a, b) => Number(a >= b), "&&": (a, b) => Number(a !== 0 && b !== 0), "||": (a, b) => Number(a !== 0 || b !== 0),
  };
  const level = (index: number): number => {
    if (index === LEVELS.length) return atom();
    let left = level(index + 1);
    while (LEVELS[index]!.includes(tokens[at] ?? "")) left = apply[tokens[at++]!]!(left, level(index + 1));
    return left;
  };
  const atom = (): number => {
    const token = tokens[at++];
    if (token === undefined) return 0;
    if (token === "(") {
      const value = level(0);
      at++;
      return value;
    }
    if (token === "-") return -atom();
    return /^\d/.test(token) ? Number(token) : Number(valueOf(token)) || 0;
  };
  return level(0);
}
