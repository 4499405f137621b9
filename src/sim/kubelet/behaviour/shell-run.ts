/** Runs the tree of a shell script: a generator that yields where time must pass. Unknown programs are the caller's to judge. */
import type { Command, Pipeline, Redirect, Script, Statement } from "./shell-parse.ts";
import { parseShell } from "./shell-parse.ts";
import { ShellSyntaxError } from "./shell-words.ts";
import type { ProgramIo, Run, Wait } from "./shell-programs.ts";
import { PROGRAMS, resolvePath } from "./shell-programs.ts";
import type { ProcessContext } from "./process.ts";
import { type BuiltinShell, runBuiltin } from "./shell-builtins.ts";
import { expandWord, glob } from "./shell-expand.ts";
import { type Io, Leave, ShellState } from "./shell-state.ts";

/** A loop that never waits is taken for busy after so many commands. */
const COMMANDS_PER_WAIT_MAX = 2_000;
const BUSY_WAIT_MS = 1_000;
const OUTPUT_LENGTH_MAX = 1 << 20;
export const SHELLS = new Set(["sh", "bash", "ash", "dash", "busybox"]);

export interface ShellOptions {
  /** What a program does that is not in the table. */
  unknown(command: readonly string[], io: Io): Run;
}

export class Shell {
  readonly #context: ProcessContext;
  readonly #options: ShellOptions;
  readonly #state: ShellState;
  /** Programs started with `&`, in order. */
  readonly background: Run[] = [];
  #sinceWait = 0;

  constructor(context: ProcessContext, options: ShellOptions) {
    this.#context = context;
    this.#options = options;
    this.#state = new ShellState(context);
    this.#builtins = {
      state: this.#state,
      files: context.files,
      background: this.background,
      program: (command, io) => this.#program(command, io),
      text: (text, io) => this.#shellText(text, io),
    };
  }

  hasTrap(signal: string): boolean {
    return this.#state.traps.has(signal);
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
    const handler = this.#state.traps.get(signal);
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
      if (/^-[a-z]*e/.test(flag)) this.#state.exitsOnError = true;
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
        text = io.input.text;
      } else {
        text = this.#context.files.read(resolvePath(path, this.#state.directory));
        if (text === undefined) return yield* this.#options.unknown([path, ...rest], io);
        rest = [path, ...rest];
      }
    }
    this.#state.params = rest;
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
      this.#state.status = 0;
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
    this.#state.status = code;
    if (code !== 0 && this.#state.exitsOnError && !last.isNegated && (rest.length === 0 || last === rest.at(-1)!.pipeline)) throw new Leave("exit", code);
    return code;
  }

  *#pipeline({ commands, isNegated }: Pipeline, io: Io): Run {
    let { input } = io;
    let code = 0;
    for (const [index, command] of commands.entries()) {
      const isLast = index === commands.length - 1;
      let output = "";
      const collect = (text: string): void => void (output.length < OUTPUT_LENGTH_MAX && (output += text));
      code = yield* this.#command(command, isLast ? { ...io, input } : { input, out: collect, err: io.err });
      input = { text: output };
    }
    if (isNegated) code = code === 0 ? 1 : 0;
    this.#state.status = code;
    return code;
  }

  *#command(command: Command, outer: Io): Run {
    if (++this.#sinceWait > COMMANDS_PER_WAIT_MAX) {
      this.#sinceWait = 0;
      yield { sleepMs: BUSY_WAIT_MS, isBusy: true };
    }
    if (command.kind === "function") {
      this.#state.functions.set(command.name, command.body);
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
      const text = (yield* expandWord(target, this.#state, this.#capture)).join(" ");
      if (operator === "<<<") next = { ...next, input: { text: `${text}\n` } };
      else if (operator === "<") {
        const content = files.read(resolvePath(text, this.#state.directory));
        if (content === undefined) {
          io.err(`sh: can't open ${text}: no such file\n`);
          return 1;
        }
        next = { ...next, input: { text: content } };
      } else if (operator === ">&") {
        const { out, err } = next;
        next = fd === 2 ? { ...next, err: text === "1" ? out : err } : { ...next, out: text === "2" ? err : out };
      } else {
        const path = resolvePath(text, this.#state.directory);
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
    const restore = this.#state.snapshot();
    try {
      return yield* this.#script(body, io);
    } catch (error) {
      if (error instanceof Leave && error.how === "exit") return error.code;
      throw error;
    } finally {
      restore();
    }
  }

  readonly #builtins: BuiltinShell;

  readonly #capture = (script: Script): Generator<Wait, string> => this.#captured(script);

  *#captured(script: Script): Generator<Wait, string> {
    let output = "";
    yield* this.#subshell(script, { input: { text: "" }, out: (text) => void (output += text), err: () => undefined });
    return output;
  }

  /** Conditions may fail without ending a script under `set -e`. */
  *#condition(script: Script, io: Io): Run {
    const before = this.#state.exitsOnError;
    this.#state.exitsOnError = false;
    const code = yield* this.#script(script, io);
    this.#state.exitsOnError = before;
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
      code = this.#state.status;
    }
    return code;
  }

  *#for({ variable, items, body }: Extract<Command, { kind: "for" }>, io: Io): Run {
    const values: string[] = [];
    if (items === undefined) values.push(...this.#state.params.slice(1));
    else for (const item of items) values.push(...(yield* expandWord(item, this.#state, this.#capture)));
    for (const value of values) {
      this.#state.variables.set(variable, value);
      if ((yield* this.#round(body, io)) === "break") break;
    }
    return this.#state.status;
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
    const value = (yield* expandWord(subject, this.#state, this.#capture)).join(" ");
    for (const { patterns, body } of branches) {
      for (const pattern of patterns) {
        if (glob((yield* expandWord(pattern, this.#state, this.#capture)).join(" ")).test(value)) return yield* this.#script(body, io);
      }
    }
    return 0;
  }

  *#simple({ assignments, words, redirects: _done }: Extract<Command, { kind: "simple" }>, io: Io): Run {
    const values: [string, string][] = [];
    for (const { name, value } of assignments) values.push([name, (yield* expandWord(value, this.#state, this.#capture)).join(" ")]);
    const command: string[] = [];
    for (const word of words) command.push(...(yield* expandWord(word, this.#state, this.#capture)));
    if (command.length === 0) {
      for (const [name, value] of values) this.#state.variables.set(name, value);
      return words.length > 0 || values.length > 0 ? this.#state.status * 0 : 0;
    }
    const before = values.map(([name]) => [name, this.#state.variables.get(name), this.#state.exported.has(name)] as const);
    for (const [name, value] of values) {
      this.#state.variables.set(name, value);
      this.#state.exported.add(name);
    }
    const code = yield* this.#program(command, io);
    for (const [name, value, wasExported] of before) {
      if (value === undefined) this.#state.variables.delete(name);
      else this.#state.variables.set(name, value);
      if (!wasExported) this.#state.exported.delete(name);
    }
    return code;
  }

  *#program(command: readonly string[], io: Io): Run {
    const [path = "", ...args] = command;
    const name = path.split("/").pop()!;
    const body = this.#state.functions.get(path);
    if (body !== undefined) {
      const saved = this.#state.params;
      this.#state.params = [path, ...args];
      try {
        return yield* this.#command(body, io);
      } catch (error) {
        if (error instanceof Leave && error.how === "return") return error.code;
        throw error;
      } finally {
        this.#state.params = saved;
      }
    }
    const builtin = yield* runBuiltin(name, args, io, this.#builtins);
    if (builtin !== undefined) return builtin;
    if (SHELLS.has(name)) return yield* name === "busybox" && args[0] !== undefined ? this.#program(args, io) : this.#shell(args, io);
    const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
    if (program === undefined) {
      const script = path.includes("/") ? this.#context.files.read(resolvePath(path, this.#state.directory)) : undefined;
      return script === undefined ? yield* this.#options.unknown(command, io) : yield* this.#shell([path, ...args], io);
    }
    const programIo: ProgramIo = {
      context: this.#context,
      env: this.#state.environment,
      directory: this.#state.directory,
      stdin: io.input.text,
      out: io.out,
      err: io.err,
    };
    const result = program(args, programIo);
    if (typeof result === "number") return result;
    this.#sinceWait = 0;
    return yield* result;
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

}

const CONTENT: ShellOptions = {
  // A program that is not known does its work and is content.
  // eslint-disable-next-line require-yield -- the type asks for a generator, this one has nothing to wait for
  *unknown() {
    return 0;
  },
};

/** Runs a command beside the main process, at once: waits are only added up. For probes, hooks and the like. */
export function runToEnd(context: ProcessContext, command: readonly string[]): { exitCode: number; output: string; elapsedMs: number } {
  let output = "";
  let elapsedMs = 0;
  const write = (text: string): void => void (output.length < OUTPUT_LENGTH_MAX && (output += text));
  const shell = new Shell(context, CONTENT);
  const run = shell.start(command, { input: { text: "" }, out: write, err: write });
  for (let steps = 0; steps < COMMANDS_PER_WAIT_MAX; steps++) {
    const step = run.next();
    if (step.done) return { exitCode: step.value, output, elapsedMs };
    if ("sleepMs" in step.value) elapsedMs += step.value.sleepMs;
  }
  return { exitCode: 124, output, elapsedMs };
}
