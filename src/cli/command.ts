/** The contract of a command: one file in `commands/`, loaded only when it is called. A command returns its exit code; only `main` exits. */
import type { Command } from "commander";

/** The outside, as a command sees it. Data goes to stdout, progress and warnings to stderr. */
export interface CommandIo {
  stdout(text: string): void;
  stderr(text: string): void;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** True when stderr is a terminal: progress may be drawn, questions may be asked if stdin is one too. */
  isTerminal: boolean;
  /** True when stdout is a terminal: data may be laid out for people. */
  stdoutIsTerminal: boolean;
  /** True when a person can answer questions. */
  canAsk: boolean;
  /** Columns of the terminal; 80 when there is none. */
  width: number;
  /** True when colours may be written to stderr/stdout (terminal, no NO_COLOR, TERM not dumb). */
  colour: boolean;
  /** Paths are resolved against `cwd`. Throws Node's errors (`code: "ENOENT"`, …). */
  readFile(path: string): string;
  writeFile(path: string, text: string, options?: { mode?: number }): void;
  /** All of standard input, to its end. */
  readStdin(): Promise<string>;
  exists(path: string): boolean;
  /** Changes whenever the file does; undefined when it is not there. */
  stampOf(path: string): string | undefined;
  list(directory: string): string[];
  remove(path: string): void;
  makeDirectory(path: string): void;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Called at each Ctrl-C or SIGTERM; the returned function stops listening. */
  onInterrupt(fn: () => void): () => void;
  /** Appends to the debug log of this run. */
  debug(line: string): void;
  /** Where the debug log is written. */
  debugLogPath: string;
}

export interface CommandModule {
  /** Adds arguments and options to the commander command that carries this name. */
  configure(command: Command): void;
  /** `args`: positional arguments in order; `options`: commander's parsed options. Returns the exit code (DESIGN.md, "Exit codes"). */
  run(args: readonly string[], options: Readonly<Record<string, unknown>>, io: CommandIo): Promise<number>;
}

/** What `--help` lists without loading the module. */
export interface CommandEntry {
  name: string;
  summary: string;
  load(): Promise<CommandModule>;
}

/** Exit codes, everywhere the same. */
export const EXIT = { done: 0, failed: 1, planHasChanges: 2, fileInvalid: 3, promiseBroken: 4, interrupted: 130 } as const;
