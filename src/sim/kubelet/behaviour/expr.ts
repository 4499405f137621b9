/** `expr`, as POSIX has it: one expression of its arguments, written out; the exit code says whether it is something. Patterns (`:`) are basic regular expressions. */
import type { Program } from "./shell-programs.ts";

const LEVELS: readonly (readonly string[])[] = [["|"], ["&"], ["=", "==", ">", ">=", "<", "<=", "!="], ["+", "-"], ["*", "/", "%"], [":"]];

class ExprError extends Error {}

export const expr: Program = (args, { out, err }) => {
  try {
    const parser = new Parser(args);
    const value = parser.binary(0);
    parser.end();
    out(`${value}\n`);
    return isNothing(value) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    err(`expr: ${error.message}\n`);
    return 2;
  }
};

class Parser {
  readonly #args: readonly string[];
  #at = 0;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  binary(level: number): string {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#primary();
    let left = this.binary(level + 1);
    for (let operator = this.#args[this.#at]; operator !== undefined && operators.includes(operator); operator = this.#args[this.#at]) {
      this.#at++;
      left = apply(left, operator, this.binary(level + 1));
    }
    return left;
  }

  end(): void {
    if (this.#at < this.#args.length) throw new ExprError("syntax error");
  }

  #primary(): string {
    const word = this.#args[this.#at++];
    if (word === undefined) throw new ExprError("syntax error");
    if (word !== "(") return word;
    const value = this.binary(0);
    if (this.#args[this.#at++] !== ")") throw new ExprError("syntax error");
    return value;
  }
}

function isNothing(value: string): boolean {
  return value === "" || /^-?0+$/.test(value);
}

function integer(text: string): bigint {
  if (!/^-?\d+$/.test(text)) throw new ExprError("non-integer argument");
  return BigInt(text);
}

function apply(left: string, operator: string, right: string): string {
  switch (operator) {
    case "|":
      return !isNothing(left) ? left : isNothing(right) ? "0" : right;
    case "&":
      return isNothing(left) || isNothing(right) ? "0" : left;
    case ":":
      return matched(left, right);
    case "+":
      return String(integer(left) + integer(right));
    case "-":
      return String(integer(left) - integer(right));
    case "*":
      return String(integer(left) * integer(right));
    case "/":
    case "%": {
      const divisor = integer(right);
      if (divisor === 0n) throw new ExprError("division by zero");
      return String(operator === "/" ? integer(left) / divisor : integer(left) % divisor);
    }
    default:
      return compared(left, operator, right) ? "1" : "0";
  }
}

/** Numbers as numbers, anything else as text. */
function compared(left: string, operator: string, right: string): boolean {
  const areNumbers = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
  const [a, b] = areNumbers ? [BigInt(left), BigInt(right)] : [left, right];
  switch (operator) {
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case "!=":
      return a !== b;
    default:
      return a === b;
  }
}

/** The group, or how many characters matched, from the beginning. */
function matched(text: string, pattern: string): string {
  const hasGroup = pattern.includes("\\(");
  const source = pattern.replace(/\\([(){}])|([(){}+?|])/g, (_, special: string | undefined, literal: string | undefined) => special ?? `\\${literal}`);
  let found: RegExpExecArray | null;
  try {
    found = new RegExp(`^(?:${source})`).exec(text);
  } catch {
    throw new ExprError("invalid regular expression");
  }
  return hasGroup ? (found?.[1] ?? "") : String(found?.[0].length ?? 0);
}
