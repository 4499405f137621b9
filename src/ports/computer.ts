/** The computer that Kubernest itself runs on, for the lab: its programs, its files, and processes that go on when we end. */

export interface ComputerCommand {
  /** Program and arguments; no shell takes them apart. */
  readonly argv: readonly string[];
  /** Its standard input; empty by default. Secrets travel here, never in `argv`. */
  readonly input?: string;
  /** A program that runs longer is killed with all it started. */
  readonly deadlineMs: number;
}

export interface CommandResult {
  /** Exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Computer {
  /** Node's name of the processor: `x64`, `arm64`, `arm`. */
  readonly processor: string;
  readonly memoryBytes: number;
  readonly isRoot: boolean;
  /** Rejects with `ComputerFailed`; an exit code other than 0 is a result. */
  run(command: ComputerCommand): Promise<CommandResult>;
  /** Starts a program in a session of its own that outlives us; what it prints goes to `logFile`, which is emptied first. */
  start(argv: readonly string[], options: { readonly logFile: string }): Promise<void>;
  /** Runs a program with our terminal and working directory; Ctrl-C is the program's. Resolves with its exit code. */
  attach(argv: readonly string[], options: { readonly env: Readonly<Record<string, string | undefined>> }): Promise<number>;
  /** Where the program is found, as root's PATH has it; undefined where it is not installed. */
  find(program: string): Promise<string | undefined>;
  /** UTF-8; undefined where there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** Whole or not at all; makes the directories above it. */
  writeText(path: string, text: string, mode: number): Promise<void>;
  /** Names in a directory, sorted; empty where there is none. */
  list(directory: string): Promise<readonly string[]>;
  /** Holds the file's lock until it is given back, or this process ends however it ends; undefined where another holds it. */
  lock(path: string): Promise<(() => Promise<void>) | undefined>;
  sleep(durationMs: number): Promise<void>;
  nowMs(): number;
}

export class ComputerFailed extends Error {
  override name = "ComputerFailed";
  readonly code: "not-started" | "timed-out" | "interrupted";
  constructor(code: ComputerFailed["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
