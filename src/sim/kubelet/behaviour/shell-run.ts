/** Runs the tree of a shell script: a generator that yields where time must pass. Unknown programs are the caller's to judge. */
import type { Command, Pipeline, Redirect, Script, Statement, Word } from "./shell-parse.ts";
import { parseShell, ShellSyntaxError } from "./shell-parse.ts";
import type { ProgramIo, Run, Wait } from "./shell-programs.ts";
import { PROGRAMS, resolvePath } from "./shell-programs.ts";
import type { ProcessContext } from "./process.ts";

/** A loop that never waits is taken for busy after so many commands. */
const COMMANDS_PER_WAIT_MAX = 2_000;
const BUSY_WAIT_MS = 1_000;
const OUTPUT_LENGTH_MAX = 1 << 20;
export const SHELLS = new Set(["sh", "bash", "ash", "dash", "busybox"]);

interface Io {
  stdin: string;
  out(text: string): void;
  err(text: string): void;
}

class Leave extends Error {
  readonly how: "exit" | "break" | "continue" | "return";
  readonly code: number;
  constructor(how: Leave["how"], code: number) {
    super(how);
    this.how = how;
    this.code = code;
  }
}

export interface ShellOptions {
  /** What a program does that is not in the table. */
  unknown(command: readonly string[], io: Io): Run;
}

export class Shell {
  readonly #context: ProcessContext;
  readonly #options: ShellOptions;
  readonly #variables: Map<string, string>;
  readonly #exported: Set<string>;
  readonly #functions = new Map<string, Command>();
  /** Programs started with `&`, in order. */
  readonly background: Run[] = [];
  readonly traps = new Map<string, string>();
  #params: readonly string[] = [];
  #directory: string;
  #status = 0;
  #sinceWait = 0;
  #exitsOnError = false;

  constructor(context: ProcessContext, options: ShellOptions) {
    this.#context = context;
    this.#options = options;
    this.#variables = new Map(Object.entries(context.env));
    this.#exported = new Set(Object.keys(context.env));
    this.#directory = context.workingDir || "/";
  }

  /** Runs a program with its arguments as the container runtime would: no shell unless it is one. */
  *start(command: readonly string[], io: Io): Run {
    try {
      return yield* this.#program(command, io);
    } catch (error) {
      if (error instanceof Leave) return error.code;
      throw error;
    }
  }

  *trap(signal: string, io: Io): Run {
    const handler = this.traps.get(signal);
    if (handler === undefined) return 0;
    try {
      yield* this.#script(parseShell(handler), io);
      return -1;
    } catch (error) {
      if (error instanceof Leave && error.how === "exit") return error.code;
      throw error;
    }
  }

  *#shell(args: readonly string[], io: Io): Run {
    let rest = [...args];
    let text: string | undefined;
    while (rest[0]?.startsWith("-") || rest[0]?.startsWith("+")) {
      const flag = rest.shift()!;
      if (flag === "-o" || flag === "+o") rest.shift();
      if (/^-[a-z]*e/.test(flag)) this.#exitsOnError = true;
      if (/^-[a-z]*c$/.test(flag)) {
        text = rest.shift() ?? "";
        break;
      }
    }
    if (text === undefined) {
      const path = rest.shift();
      if (path === undefined) {
        // A shell without a script reads commands from a terminal, or ends when there is none.
        if (this.#context.hasTerminal) for (;;) yield { sleepMs: 86_400_000 };
        text = io.stdin;
      } else {
        text = this.#context.files.read(resolvePath(path, this.#directory));
        if (text === undefined) return yield* this.#options.unknown([path, ...rest], io);
        rest = [path, ...rest];
      }
    }
    this.#params = rest;
    let script: Script;
    try {
      script = parseShell(text);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      io.err(`sh: syntax error: ${error.message}\n`);
      return 2;
    }
    return yield* this.#script(script, io);
  }

  *#script(script: Script, io: Io): Run {
    let code = 0;
    for (const statement of script) code = yield* this.#statement(statement, io);
    return code;
  }

  *#statement(statement: Statement, io: Io): Run {
    if (statement.isBackground) {
      this.background.push(this.#list(statement, io));
      this.#status = 0;
      return 0;
    }
    return yield* this.#list(statement, io);
  }

  *#list({ first, rest }: Statement, io: Io): Run {
    let code = yield* this.#pipeline(first, io);
    let last = first;
    for (const { operator, pipeline } of rest) {
      if ((code === 0) !== (operator === "&&")) continue;
      code = yield* this.#pipeline(pipeline, io);
      last = pipeline;
    }
    this.#status = code;
    if (code !== 0 && this.#exitsOnError && !last.isNegated && (rest.length === 0 || last === rest.at(-1)!.pipeline)) throw new Leave("exit", code);
    return code;
  }

  *#pipeline({ commands, isNegated }: Pipeline, io: Io): Run {
    let stdin = io.stdin;
    let code = 0;
    for (const [index, command] of commands.entries()) {
      const isLast = index === commands.length - 1;
      let output = "";
      const collect = (text: string): void => void (output.length < OUTPUT_LENGTH_MAX && (output += text));
      code = yield* this.#command(command, isLast ? { ...io, stdin } : { stdin, out: collect, err: io.err });
      stdin = output;
    }
    if (isNegated) code = code === 0 ? 1 : 0;
    this.#status = code;
    return code;
  }

  *#command(command: Command, outer: Io): Run {
    if (++this.#sinceWait > COMMANDS_PER_WAIT_MAX) {
      this.#sinceWait = 0;
      yield { sleepMs: BUSY_WAIT_MS, isBusy: true };
    }
    if (command.kind === "function") {
      this.#functions.set(command.name, command.body);
      return 0;
    }
    const redirected = yield* this.#redirect(command.redirects, outer);
    if (typeof redirected === "number") return redirected;
    const { io, finish } = redirected;
    let code = 0;
    switch (command.kind) {
      case "simple":
        code = yield* this.#simple(command, io);
        break;
      case "group":
        code = yield* this.#script(command.body, io);
        break;
      case "subshell":
        code = yield* this.#subshell(command.body, io);
        break;
      case "if":
        code = yield* this.#if(command, io);
        break;
      case "loop":
        code = yield* this.#loop(command, io);
        break;
      case "for":
        code = yield* this.#for(command, io);
        break;
      case "case":
        code = yield* this.#case(command, io);
        break;
    }
    finish();
    return code;
  }

  *#redirect(redirects: readonly Redirect[], io: Io): Generator<Wait, { io: Io; finish: () => void } | number> {
    let next = io;
    const finishes: (() => void)[] = [];
    const { files } = this.#context;
    for (const { fd, operator, target } of redirects) {
      const text = (yield* this.#expand(target)).join(" ");
      if (operator === "<<<") next = { ...next, stdin: `${text}\n` };
      else if (operator === "<") {
        const content = files.read(resolvePath(text, this.#directory));
        if (content === undefined) {
          io.err(`sh: can't open ${text}: no such file\n`);
          return 1;
        }
        next = { ...next, stdin: content };
      } else if (operator === ">&") {
        const { out, err } = next;
        next = fd === 2 ? { ...next, err: text === "1" ? out : err } : { ...next, out: text === "2" ? err : out };
      } else {
        const path = resolvePath(text, this.#directory);
        if (path === "/dev/stdout" || path === "/proc/1/fd/1") continue;
        if (path === "/dev/stderr" || path === "/proc/1/fd/2") {
          if (fd === 1) next = { ...next, out: next.err };
          continue;
        }
        let content = operator === ">>" ? (files.read(path) ?? "") : "";
        if (!files.write(path, content)) {
          io.err(`sh: can't create ${text}: Read-only file system\n`);
          return 1;
        }
        const write = (more: string): void => {
          content += more;
        };
        next = fd === 2 ? { ...next, err: write } : { ...next, out: write };
        finishes.push(() => void files.write(path, content));
      }
    }
    return { io: next, finish: () => finishes.forEach((finish) => finish()) };
  }

  *#subshell(body: Script, io: Io): Run {
    const saved = { variables: new Map(this.#variables), directory: this.#directory };
    try {
      return yield* this.#script(body, io);
    } catch (error) {
      if (error instanceof Leave && error.how === "exit") return error.code;
      throw error;
    } finally {
      this.#variables.clear();
      for (const [name, value] of saved.variables) this.#variables.set(name, value);
      this.#directory = saved.directory;
    }
  }

  /** Conditions may fail without ending a script under `set -e`. */
  *#condition(script: Script, io: Io): Run {
    const before = this.#exitsOnError;
    this.#exitsOnError = false;
    const code = yield* this.#script(script, io);
    this.#exitsOnError = before;
    return code;
  }

  *#if({ branches, otherwise }: Extract<Command, { kind: "if" }>, io: Io): Run {
    for (const { condition, body } of branches) if ((yield* this.#condition(condition, io)) === 0) return yield* this.#script(body, io);
    return otherwise === undefined ? 0 : yield* this.#script(otherwise, io);
  }

  *#loop({ isUntil, condition, body }: Extract<Command, { kind: "loop" }>, io: Io): Run {
    let code = 0;
    while (((yield* this.#condition(condition, io)) === 0) !== isUntil) {
      const outcome = yield* this.#round(body, io);
      if (outcome === "break") break;
      code = this.#status;
    }
    return code;
  }

  *#for({ variable, items, body }: Extract<Command, { kind: "for" }>, io: Io): Run {
    const values: string[] = [];
    if (items === undefined) values.push(...this.#params.slice(1));
    else for (const item of items) values.push(...(yield* this.#expand(item)));
    for (const value of values) {
      this.#variables.set(variable, value);
      if ((yield* this.#round(body, io)) === "break") break;
    }
    return this.#status;
  }

  *#round(body: Script, io: Io): Generator<Wait, "break" | "next"> {
    try {
      yield* this.#script(body, io);
    } catch (error) {
      if (!(error instanceof Leave) || (error.how !== "break" && error.how !== "continue")) throw error;
      if (error.how === "break") return "break";
    }
    return "next";
  }

  *#case({ subject, branches }: Extract<Command, { kind: "case" }>, io: Io): Run {
    const value = (yield* this.#expand(subject)).join(" ");
    for (const { patterns, body } of branches) {
      for (const pattern of patterns) {
        if (glob((yield* this.#expand(pattern)).join(" ")).test(value)) return yield* this.#script(body, io);
      }
    }
    return 0;
  }

  *#simple({ assignments, words, redirects: _done }: Extract<Command, { kind: "simple" }>, io: Io): Run {
    const values: [string, string][] = [];
    for (const { name, value } of assignments) values.push([name, (yield* this.#expand(value)).join(" ")]);
    const command: string[] = [];
    for (const word of words) command.push(...(yield* this.#expand(word)));
    if (command.length === 0) {
      for (const [name, value] of values) this.#variables.set(name, value);
      return words.length > 0 || values.length > 0 ? this.#status * 0 : 0;
    }
    const before = values.map(([name]) => [name, this.#variables.get(name), this.#exported.has(name)] as const);
    for (const [name, value] of values) {
      this.#variables.set(name, value);
      this.#exported.add(name);
    }
    const code = yield* this.#program(command, io);
    for (const [name, value, wasExported] of before) {
      if (value === undefined) this.#variables.delete(name);
      else this.#variables.set(name, value);
      if (!wasExported) this.#exported.delete(name);
    }
    return code;
  }

  *#program(command: readonly string[], io: Io): Run {
    const [path = "", ...args] = command;
    const name = path.split("/").pop()!;
    const body = this.#functions.get(path);
    if (body !== undefined) {
      const saved = this.#params;
      this.#params = [path, ...args];
      try {
        return yield* this.#command(body, io);
      } catch (error) {
        if (error instanceof Leave && error.how === "return") return error.code;
        throw error;
      } finally {
        this.#params = saved;
      }
    }
    const builtin = yield* this.#builtin(name, args, io);
    if (builtin !== undefined) return builtin;
    if (SHELLS.has(name)) return yield* name === "busybox" && args[0] !== undefined ? this.#program(args, io) : this.#shell(args, io);
    const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
    if (program === undefined) {
      const script = path.includes("/") ? this.#context.files.read(resolvePath(path, this.#directory)) : undefined;
      return script === undefined ? yield* this.#options.unknown(command, io) : yield* this.#shell([path, ...args], io);
    }
    const programIo: ProgramIo = {
      context: this.#context,
      env: Object.fromEntries([...this.#exported].map((key) => [key, this.#variables.get(key) ?? ""])),
      directory: this.#directory,
      ...io,
    };
    const result = program(args, programIo);
    if (typeof result === "number") return result;
    this.#sinceWait = 0;
    return yield* result;
  }

  /** What only the shell itself can do. */
  *#builtin(name: string, args: readonly string[], io: Io): Generator<Wait, number | undefined> {
    switch (name) {
      case "exit":
        throw new Leave("exit", args[0] === undefined ? this.#status : Number(args[0]) & 255);
      case "return":
        throw new Leave("return", args[0] === undefined ? this.#status : Number(args[0]) & 255);
      case "break":
      case "continue":
        throw new Leave(name, 0);
      case "cd":
        this.#directory = resolvePath(args[0] ?? "/root", this.#directory);
        return 0;
      case "export":
      case "readonly":
      case "local":
      case "declare":
        for (const arg of args) {
          const [key, value] = arg.split(/=(.*)/s) as [string, string | undefined];
          if (value !== undefined) this.#variables.set(key, value);
          if (name === "export") this.#exported.add(key);
        }
        return 0;
      case "unset":
        for (const arg of args) this.#variables.delete(arg);
        return 0;
      case "set":
        for (const arg of args) if (/^[-+]\w*e/.test(arg)) this.#exitsOnError = arg.startsWith("-");
        return 0;
      case "shift":
        this.#params = [this.#params[0] ?? "sh", ...this.#params.slice(1 + Number(args[0] ?? 1))];
        return 0;
      case "trap":
        for (const signal of args.slice(1)) this.traps.set(signal.replace(/^SIG/, ""), args[0]!);
        return 0;
      case "exec":
        if (args.length === 0) return 0;
        throw new Leave("exit", yield* this.#program(args, io));
      case "eval":
        return yield* this.#shellText(args.join(" "), io);
      case ".":
      case "source": {
        const text = this.#context.files.read(resolvePath(args[0] ?? "", this.#directory));
        if (text === undefined) {
          io.err(`sh: .: can't open '${args[0]}': No such file or directory\n`);
          return 2;
        }
        return yield* this.#shellText(text, io);
      }
      case "command":
        if (args[0] !== "-v") return yield* this.#program(args, io);
        if (args[1] !== undefined && Object.hasOwn(PROGRAMS, args[1])) {
          io.out(`/bin/${args[1]}\n`);
          return 0;
        }
        return 1;
      case "time":
      case "nohup":
      case "exec_":
        return yield* this.#program(args, io);
      case "timeout":
        return yield* this.#program(args.filter((arg) => !arg.startsWith("-")).slice(1), io);
      case "read":
        this.#variables.set(args.at(-1) ?? "REPLY", io.stdin.split("\n")[0] ?? "");
        return io.stdin === "" ? 1 : 0;
      case "wait":
        for (const run of this.background.splice(0)) yield* run;
        return 0;
      case "kill":
      case "umask":
      case "ulimit":
      case "alias":
      case "hash":
        return 0;
      default:
        return undefined;
    }
  }

  *#shellText(text: string, io: Io): Run {
    try {
      return yield* this.#script(parseShell(text), io);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      io.err(`sh: syntax error: ${error.message}\n`);
      return 2;
    }
  }

  /** A word becomes no, one or several words: unquoted expansions are split at blanks. */
  *#expand(word: Word): Generator<Wait, string[]> {
    const fields: string[] = [];
    let current = "";
    let hasCurrent = false;
    const append = (text: string, isQuoted: boolean): void => {
      if (isQuoted) {
        current += text;
        hasCurrent = true;
        return;
      }
      const pieces = text.split(/[ \t\n]+/);
      pieces.forEach((piece, index) => {
        if (index > 0) {
          if (hasCurrent) fields.push(current);
          current = "";
          hasCurrent = false;
        }
        if (piece !== "") {
          current += piece;
          hasCurrent = true;
        }
      });
    };
    for (const part of word) {
      switch (part.kind) {
        case "text":
          current += part.text;
          hasCurrent = true;
          break;
        case "variable":
          if ((part.name === "@" || part.name === "*") && part.isQuoted && part.name === "@") {
            this.#params.slice(1).forEach((param, index) => {
              if (index > 0) {
                fields.push(current);
                current = "";
              }
              current += param;
              hasCurrent = true;
            });
          } else append(yield* this.#variable(part), part.isQuoted);
          break;
        case "command": {
          let output = "";
          yield* this.#subshell(part.script, { stdin: "", out: (text) => void (output += text), err: () => undefined });
          append(output.replace(/\n+$/, ""), part.isQuoted);
          break;
        }
        case "arithmetic":
          append(String(arithmetic(part.expression, (name) => this.#value(name) ?? "0")), part.isQuoted);
          break;
      }
    }
    if (hasCurrent) fields.push(current);
    return fields;
  }

  *#variable(part: Extract<Word[number], { kind: "variable" }>): Generator<Wait, string> {
    if (part.name.length > 1 && part.name.startsWith("#")) return String((this.#value(part.name.slice(1)) ?? "").length);
    const value = this.#value(part.name);
    if (part.operator === undefined) return value ?? "";
    const isMissing = part.operator.startsWith(":") ? value === undefined || value === "" : value === undefined;
    const fallback = function* (this: Shell): Generator<Wait, string> {
      return (yield* this.#expand(part.fallback ?? [])).join(" ");
    }.bind(this);
    switch (part.operator.replace(":", "")) {
      case "-":
        return isMissing ? yield* fallback() : value!;
      case "=": {
        if (!isMissing) return value!;
        const assigned = yield* fallback();
        this.#variables.set(part.name, assigned);
        return assigned;
      }
      case "+":
        return isMissing ? "" : yield* fallback();
      case "?":
        if (isMissing) throw new Leave("exit", 2);
        return value!;
      default: {
        const pattern = yield* fallback();
        return strip(value ?? "", pattern, part.operator);
      }
    }
  }

  #value(name: string): string | undefined {
    switch (name) {
      case "?":
        return String(this.#status);
      case "$":
        return "1";
      case "#":
        return String(Math.max(0, this.#params.length - 1));
      case "@":
      case "*":
        return this.#params.slice(1).join(" ");
      case "RANDOM":
        return String(this.#context.random.below(32_768));
      case "HOSTNAME":
        return this.#variables.get("HOSTNAME") ?? this.#context.hostname;
      default:
        if (/^\d$/.test(name)) return this.#params[Number(name)];
        return this.#variables.get(name);
    }
  }
}

function glob(pattern: string): RegExp {
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

/** Runs a command beside the main process, at once: waits are only added up. For probes, hooks and the like. */
export function runToEnd(context: ProcessContext, command: readonly string[]): { exitCode: number; output: string; elapsedMs: number } {
  let output = "";
  let elapsedMs = 0;
  const write = (text: string): void => void (output.length < OUTPUT_LENGTH_MAX && (output += text));
  const shell = new Shell(context, {
    // A program that is not known does its work and is content.
    // eslint-disable-next-line require-yield -- the type asks for a generator, this one has nothing to wait for
    *unknown() {
      return 0;
    },
  });
  const run = shell.start(command, { stdin: "", out: write, err: write });
  for (let steps = 0; steps < COMMANDS_PER_WAIT_MAX; steps++) {
    const step = run.next();
    if (step.done) return { exitCode: step.value, output, elapsedMs };
    if ("sleepMs" in step.value) elapsedMs += step.value.sleepMs;
  }
  return { exitCode: 124, output, elapsedMs };
}
