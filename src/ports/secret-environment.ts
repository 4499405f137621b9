/** What the secrets file needs of the outside: where keys are looked for, files that only their owner reads, chance, and programs that hand out keys. */

export interface ProgramResult {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

export interface SecretEnvironment {
  variable(name: string): string | undefined;
  readonly homeDirectory: string;
  /** Node's name of the operating system: `linux`, `darwin`, … */
  readonly platform: string;
  /** Undefined when it is not there; other refusals are thrown. */
  readFile(path: string): Promise<string | undefined>;
  /** Whole or not at all; an existing file keeps its mode, a new one gets `mode`. */
  replaceFile(path: string, text: string, mode: number): Promise<void>;
  /** Mode 0600, its directory 0700 where it has to be made. False, and nothing written, when the file is there. */
  createPrivateFile(path: string, text: string): Promise<boolean>;
  randomBytes(count: number): Uint8Array;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** No shell between. Undefined when the program is not installed. `input` goes to its standard input. */
  runProgram(command: readonly string[], options: { readonly input?: string; readonly variables?: Readonly<Record<string, string>>; readonly deadlineMs: number }): Promise<ProgramResult | undefined>;
}
