/** The part of the POSIX shell language that start-up scripts and one-liners are written in, as a tree. Unreadable input throws `ShellSyntaxError`. */

import { type Cursor, readWord, ShellSyntaxError, type Word } from "./shell-words.ts";

export interface Redirect {
  fd: number;
  operator: ">" | ">>" | "<" | ">&" | "<<<";
  target: Word;
}

export type Command =
  | { kind: "simple"; assignments: readonly { name: string; value: Word }[]; words: readonly Word[]; redirects: readonly Redirect[] }
  | { kind: "group"; body: Script; redirects: readonly Redirect[] }
  | { kind: "subshell"; body: Script; redirects: readonly Redirect[] }
  | { kind: "if"; branches: readonly { condition: Script; body: Script }[]; otherwise: Script | undefined; redirects: readonly Redirect[] }
  | { kind: "loop"; isUntil: boolean; condition: Script; body: Script; redirects: readonly Redirect[] }
  | { kind: "for"; variable: string; items: readonly Word[] | undefined; body: Script; redirects: readonly Redirect[] }
  | { kind: "case"; subject: Word; branches: readonly { patterns: readonly Word[]; body: Script }[]; redirects: readonly Redirect[] }
  | { kind: "function"; name: string; body: Command };

export interface Pipeline {
  isNegated: boolean;
  commands: readonly Command[];
}

export interface Statement {
  first: Pipeline;
  rest: readonly { operator: "&&" | "||"; pipeline: Pipeline }[];
  isBackground: boolean;
}

export type Script = readonly Statement[];

const RESERVED_ENDS = new Set(["then", "else", "elif", "fi", "do", "done", "esac", "}"]);
const OPERATOR_CHARACTERS = ";&|()<>\n";

export function parseShell(text: string): Script {
  const parser = new Parser(text);
  const script = parser.script(() => false);
  parser.expectEnd();
  return script;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string, at = 0) {
    this.#at = at;
    this.#text = text.replace(/\r\n/g, "\n").replace(/\\\n/g, "");
  }

  /** After blanks and line ends. */
  get position(): number {
    this.#skipBlank(true);
    return this.#at;
  }

  expectEnd(): void {
    this.#skipBlank(true);
    if (this.#at < this.#text.length) this.#fail();
  }

  #fail(): never {
    const rest = this.#text.slice(this.#at).split("\n")[0] ?? "";
    throw new ShellSyntaxError(rest === "" ? "unexpected end of file" : `unexpected "${rest.slice(0, 20)}"`);
  }

  #peek(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #skipBlank(andLines: boolean): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === " " || character === "\t" || (andLines && character === "\n")) this.#at++;
      else if (character === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else return;
    }
  }

  /** The unquoted word that comes next, without taking it. */
  #nextKeyword(): string {
    this.#skipBlank(true);
    return /^[A-Za-z_{}!][A-Za-z_]*(?=[\s;&|()<>]|$)|^[{}!](?=\s|$)/.exec(this.#text.slice(this.#at, this.#at + 40))?.[0] ?? "";
  }

  #takeKeyword(word: string): boolean {
    if (this.#nextKeyword() !== word) return false;
    this.#at += word.length;
    return true;
  }

  #expectKeyword(word: string): void {
    if (!this.#takeKeyword(word)) this.#fail();
  }

  script(isEnd: () => boolean): Script {
    const statements: Statement[] = [];
    for (;;) {
      this.#skipBlank(true);
      while (this.#peek(";") && !this.#peek(";;")) {
        this.#at++;
        this.#skipBlank(true);
      }
      if (this.#at >= this.#text.length || this.#peek(")") || this.#peek(";;") || isEnd() || RESERVED_ENDS.has(this.#nextKeyword())) return statements;
      statements.push(this.#statement());
    }
  }

  #statement(): Statement {
    const first = this.#pipeline();
    const rest: { operator: "&&" | "||"; pipeline: Pipeline }[] = [];
    for (;;) {
      this.#skipBlank(false);
      const operator = this.#peek("&&") ? "&&" : this.#peek("||") ? "||" : undefined;
      if (operator === undefined) break;
      this.#at += 2;
      this.#skipBlank(true);
      rest.push({ operator, pipeline: this.#pipeline() });
    }
    const isBackground = this.#peek("&");
    if (isBackground) this.#at++;
    return { first, rest, isBackground };
  }

  #pipeline(): Pipeline {
    const isNegated = this.#takeKeyword("!");
    const commands = [this.#command()];
    for (;;) {
      this.#skipBlank(false);
      if (!this.#peek("|") || this.#peek("||")) return { isNegated, commands };
      this.#at++;
      this.#skipBlank(true);
      commands.push(this.#command());
    }
  }

  #command(): Command {
    this.#skipBlank(false);
    if (this.#peek("(")) {
      this.#at++;
      const body = this.script(() => false);
      this.#skipBlank(true);
      if (!this.#peek(")")) this.#fail();
      this.#at++;
      return { kind: "subshell", body, redirects: this.#redirects() };
    }
    switch (this.#nextKeyword()) {
      case "{": {
        this.#at++;
        const body = this.script(() => false);
        this.#expectKeyword("}");
        return { kind: "group", body, redirects: this.#redirects() };
      }
      case "if":
        return this.#if();
      case "while":
      case "until": {
        const isUntil = this.#nextKeyword() === "until";
        this.#at += 5;
        const condition = this.script(() => false);
        return { kind: "loop", isUntil, condition, body: this.#doBody(), redirects: this.#redirects() };
      }
      case "for":
        return this.#for();
      case "case":
        return this.#case();
    }
    const definition = /^([A-Za-z_][\w-]*)[ \t]*\([ \t]*\)\s*/.exec(this.#text.slice(this.#at));
    if (definition !== null) {
      this.#at += definition[0].length;
      return { kind: "function", name: definition[1]!, body: this.#command() };
    }
    return this.#simple();
  }

  #doBody(): Script {
    this.#skipSemicolons();
    this.#expectKeyword("do");
    const body = this.script(() => false);
    this.#expectKeyword("done");
    return body;
  }

  #skipSemicolons(): void {
    this.#skipBlank(true);
    while (this.#peek(";")) {
      this.#at++;
      this.#skipBlank(true);
    }
  }

  #if(): Command {
    const branches: { condition: Script; body: Script }[] = [];
    let otherwise: Script | undefined;
    this.#at += 2;
    for (;;) {
      const condition = this.script(() => false);
      this.#expectKeyword("then");
      branches.push({ condition, body: this.script(() => false) });
      if (this.#takeKeyword("elif")) continue;
      if (this.#takeKeyword("else")) otherwise = this.script(() => false);
      this.#expectKeyword("fi");
      return { kind: "if", branches, otherwise, redirects: this.#redirects() };
    }
  }

  #for(): Command {
    this.#at += 3;
    this.#skipBlank(false);
    const variable = /^[A-Za-z_]\w*/.exec(this.#text.slice(this.#at))?.[0];
    if (variable === undefined) this.#fail();
    this.#at += variable.length;
    let items: Word[] | undefined;
    if (this.#takeKeyword("in")) {
      items = [];
      for (;;) {
        this.#skipBlank(false);
        const character = this.#text[this.#at];
        if (character === undefined || character === ";" || character === "\n") break;
        items.push(this.#word());
      }
    }
    return { kind: "for", variable, items, body: this.#doBody(), redirects: this.#redirects() };
  }

  #case(): Command {
    this.#at += 4;
    this.#skipBlank(false);
    const subject = this.#word();
    this.#expectKeyword("in");
    const branches: { patterns: Word[]; body: Script }[] = [];
    for (;;) {
      if (this.#takeKeyword("esac")) return { kind: "case", subject, branches, redirects: this.#redirects() };
      this.#skipBlank(true);
      if (this.#peek("(")) this.#at++;
      const patterns: Word[] = [];
      for (;;) {
        this.#skipBlank(false);
        patterns.push(this.#word());
        this.#skipBlank(false);
        if (this.#peek("|")) this.#at++;
        else break;
      }
      if (!this.#peek(")")) this.#fail();
      this.#at++;
      branches.push({ patterns, body: this.script(() => false) });
      this.#skipBlank(true);
      if (this.#peek(";;")) this.#at += 2;
    }
  }

  #simple(): Command {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.#skipBlank(false);
      const redirect = this.#redirect();
      if (redirect !== undefined) {
        redirects.push(redirect);
        continue;
      }
      const character = this.#text[this.#at];
      if (character === undefined || OPERATOR_CHARACTERS.includes(character)) break;
      if (words.length === 0) {
        const name = /^([A-Za-z_]\w*)=/.exec(this.#text.slice(this.#at, this.#at + 200))?.[1];
        if (name !== undefined) {
          this.#at += name.length + 1;
          const next = this.#text[this.#at];
          const isEmpty = next === undefined || next === " " || next === "\t" || OPERATOR_CHARACTERS.includes(next);
          assignments.push({ name, value: isEmpty ? [] : this.#word() });
          continue;
        }
      }
      words.push(this.#word());
    }
    if (assignments.length + words.length + redirects.length === 0) this.#fail();
    return { kind: "simple", assignments, words, redirects };
  }

  #redirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (;;) {
      this.#skipBlank(false);
      const redirect = this.#redirect();
      if (redirect === undefined) return redirects;
      redirects.push(redirect);
    }
  }

  #redirect(): Redirect | undefined {
    const match = /^(\d?)(>>|>&|<<<|>|<|&>)/.exec(this.#text.slice(this.#at, this.#at + 5));
    if (match === null) return undefined;
    this.#at += match[0].length;
    this.#skipBlank(false);
    const target = this.#word();
    const sign = match[2]!;
    // Standard error is written with standard output where both go to one place.
    const operator = sign === "&>" ? ">" : (sign as Redirect["operator"]);
    return { fd: match[1] ? Number(match[1]) : sign === "<" || sign === "<<<" ? 0 : 1, operator, target };
  }

  #word(): Word {
    const cursor = { text: this.#text, at: this.#at };
    const word = readWord(cursor, parseNested);
    this.#at = cursor.at;
    if (word === undefined) this.#fail();
    return word;
  }
}

/** A script inside a word: up to the closing parenthesis, or all of a backquoted text. */
function parseNested(cursor: Cursor): Script {
  const parser = new Parser(cursor.text, cursor.at);
  const script = parser.script(() => false);
  cursor.at = parser.position;
  return script;
}
