/** Reads one word of a script with its quotes and expansions. */
import type { Script } from "./shell-parse.ts";

export class ShellSyntaxError extends Error {
  override name = "ShellSyntaxError";
}

export type WordPart =
  | { kind: "text"; text: string; isQuoted: boolean }
  | { kind: "variable"; name: string; operator?: string; fallback?: Word; isQuoted: boolean }
  | { kind: "command"; script: Script; isQuoted: boolean }
  | { kind: "arithmetic"; expression: string; isQuoted: boolean };
export type Word = readonly WordPart[];

export interface Cursor {
  text: string;
  at: number;
}

/** Reads a script and leaves the cursor behind it. */
type Nested = (cursor: Cursor) => Script;

const OPERATOR_CHARACTERS = ";&|()<>\n";

/** The word that begins at the cursor; undefined where none does. */
export function readWord(cursor: Cursor, parse: Nested): Word | undefined {
  const parts: WordPart[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push({ kind: "text", text, isQuoted: false });
    text = "";
  };
  const start = cursor.at;
  for (;;) {
    const character = cursor.text[cursor.at];
    if (character === undefined || character === " " || character === "\t" || OPERATOR_CHARACTERS.includes(character)) break;
    if (character === "\\") {
      parts.push(...(text === "" ? [] : [{ kind: "text", text, isQuoted: false } as const]), { kind: "text", text: cursor.text[cursor.at + 1] ?? "", isQuoted: true });
      text = "";
      cursor.at += 2;
    } else if (character === "'") {
      flush();
      const end = cursor.text.indexOf("'", cursor.at + 1);
      if (end < 0) throw new ShellSyntaxError("unterminated quoted string");
      parts.push({ kind: "text", text: cursor.text.slice(cursor.at + 1, end), isQuoted: true });
      cursor.at = end + 1;
    } else if (character === '"') {
      flush();
      cursor.at++;
      doubleQuoted(parts, cursor, parse);
    } else if (character === "$" || character === "`") {
      flush();
      parts.push(expansion(false, cursor, parse));
    } else {
      text += character;
      cursor.at++;
    }
  }
  flush();
  return cursor.at === start ? undefined : parts;
}

function doubleQuoted(parts: WordPart[], cursor: Cursor, parse: Nested): void {
  let text = "";
  for (;;) {
    const character = cursor.text[cursor.at];
    if (character === undefined) throw new ShellSyntaxError("unterminated quoted string");
    if (character === '"') break;
    if (character === "\\" && '"\\$`'.includes(cursor.text[cursor.at + 1] ?? " ")) {
      text += cursor.text[cursor.at + 1];
      cursor.at += 2;
    } else if (character === "$" || character === "`") {
      if (text !== "") parts.push({ kind: "text", text, isQuoted: true });
      text = "";
      parts.push(expansion(true, cursor, parse));
    } else {
      text += character;
      cursor.at++;
    }
  }
  cursor.at++;
  parts.push({ kind: "text", text, isQuoted: true });
}

function expansion(isQuoted: boolean, cursor: Cursor, parse: Nested): WordPart {
  if (cursor.text.startsWith("`", cursor.at)) {
    const end = cursor.text.indexOf("`", cursor.at + 1);
    if (end < 0) throw new ShellSyntaxError("unterminated command substitution");
    const script = parse({ text: cursor.text.slice(cursor.at + 1, end), at: 0 });
    cursor.at = end + 1;
    return { kind: "command", script, isQuoted };
  }
  if (cursor.text.startsWith("$((", cursor.at)) {
    const end = cursor.text.indexOf("))", cursor.at);
    if (end < 0) throw new ShellSyntaxError("unterminated arithmetic expansion");
    const expression = cursor.text.slice(cursor.at + 3, end);
    cursor.at = end + 2;
    return { kind: "arithmetic", expression, isQuoted };
  }
  if (cursor.text.startsWith("$(", cursor.at)) {
    cursor.at += 2;
    const script = parse(cursor);
    if (cursor.text[cursor.at] !== ")") throw new ShellSyntaxError("unterminated command substitution");
    cursor.at++;
    return { kind: "command", script, isQuoted };
  }
  if (cursor.text.startsWith("${", cursor.at)) return braced(isQuoted, cursor, parse);
  const name = /^\$([A-Za-z_]\w*|[0-9?$#@*!-])/.exec(cursor.text.slice(cursor.at, cursor.at + 100))?.[1];
  if (name === undefined) {
    cursor.at++;
    return { kind: "text", text: "$", isQuoted };
  }
  cursor.at += 1 + name.length;
  return { kind: "variable", name, isQuoted };
}

function braced(isQuoted: boolean, cursor: Cursor, parse: Nested): WordPart {
  const head = /^\$\{(#?[A-Za-z_]\w*|#?[0-9?$#@*])(:?[-=+?]|%%?|##?)?/.exec(cursor.text.slice(cursor.at));
  if (head === null) throw new ShellSyntaxError("bad substitution");
  cursor.at += head[0].length;
  const name = head[1]!;
  if (head[2] === undefined) {
    if (!cursor.text.startsWith("}", cursor.at)) throw new ShellSyntaxError("bad substitution");
    cursor.at++;
    return { kind: "variable", name, isQuoted };
  }
  // The fallback runs to the matching brace and may hold expansions itself.
  let depth = 1;
  let end = cursor.at;
  for (; end < cursor.text.length && depth > 0; end++) depth += cursor.text[end] === "{" ? 1 : cursor.text[end] === "}" ? -1 : 0;
  if (depth > 0) throw new ShellSyntaxError("bad substitution");
  const inner = cursor.text.slice(cursor.at, end - 1);
  cursor.at = end;
  const parts: WordPart[] = [];
  doubleQuoted(parts, { text: `${inner.replace(/"/g, "")}"`, at: 0 }, parse);
  return { kind: "variable", name, operator: head[2], fallback: parts, isQuoted };
}
