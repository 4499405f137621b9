/** What the part of the benchmark that runs inside of the lab is asked, and what it answers. */

export interface MeasuredCommand {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** In place of an empty one. */
  readonly stdinFile?: string;
}

export interface Measured {
  readonly wallMs: number;
  /** CPU time of the command and all that it started, on the user's computer. */
  readonly nearCpuMs: number;
  /** CPU time of all machines meanwhile. */
  readonly farCpuMs: number;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MeasureRequest {
  /** Control groups whose CPU time is read: one that commands are put into, one that the machines are in. */
  readonly near: string;
  readonly far: string;
  readonly version: 1 | 2;
  readonly commands: readonly MeasuredCommand[];
}
