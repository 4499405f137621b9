/**
 * A machine that scripts are run on: one long-lived session, in which `sh` runs them one after the other. Nothing is installed on the machine for it,
 * and neither a script nor its input ever stands in the arguments of a program.
 */

/** What a script reads, taken piece by piece as the machine takes it: it is never in memory as a whole. */
export interface ShellInput {
  readonly sizeBytes: number;
  /** Exactly so many bytes. What it rejects with ends the session, as the machine waits for the rest. */
  read(): AsyncIterable<Uint8Array>;
}

export interface ShellRequest {
  /** POSIX sh. Its standard input is `input`, or empty. */
  readonly script: string;
  readonly input?: Uint8Array | ShellInput;
  /** From sending it to its end. A session whose script runs longer is closed. */
  readonly deadlineMs: number;
  /** Called with each whole line of standard output as it comes, without its end of line. */
  onLine?(line: string): void;
}

export interface ShellResult {
  /** Exit code of the script. */
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

export interface Shell {
  /** The machine's name in the homelab. */
  readonly machine: string;
  /** Runs after every script that was given before. Rejects with `ShellFailed` when there is no result: the script may or may not have run. */
  run(request: ShellRequest): Promise<ShellResult>;
  /** Ends the session; safe to call twice. */
  close(): Promise<void>;
}

/** How a machine is reached. All that the user's own SSH configuration knows (jump hosts, agents, keys) holds too. */
export interface ShellTarget {
  readonly machine: string;
  /** Address or name. */
  readonly address: string;
  readonly user: string;
  readonly port: number;
  readonly key: string | undefined;
  readonly jump: string | undefined;
  /** `none`: scripts run as the user who logs in. */
  readonly sudo: "none" | "passwordless" | "password" | "root";
}

export interface ShellConnector {
  /** Rejects with `ShellFailed`. */
  connect(target: ShellTarget, options: { readonly deadlineMs: number }): Promise<Shell>;
}

/** Branch on these, never on the text. */
export type ShellFailure =
  | "unreachable"
  | "host-key-unknown"
  | "host-key-changed"
  | "login-refused"
  | "sudo-refused"
  | "sudo-password-wrong"
  | "no-shell"
  | "connection-lost"
  | "timed-out"
  | "input-failed"
  | "interrupted";

export class ShellFailed extends Error {
  override name = "ShellFailed";
  readonly code: ShellFailure;
  readonly machine: string;
  /** What to do about it, as a sentence; may hold a command. */
  readonly hint: string;
  constructor(code: ShellFailure, machine: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.machine = machine;
    this.hint = hint;
  }
}
