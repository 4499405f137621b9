/**
 * One observation of a machine. It says what it looks at, and a pure parser makes a value of what was there. All that facts look at is read by one script over one
 * connection, each thing once, so that reading a machine starts few programs; nothing that a fact does changes a machine.
 */
import type { Questions } from "./questions.ts";
import type { Readings, Reads } from "./readings.ts";

export interface Fact<T> {
  /** Its name among the machine's facts. */
  readonly id: string;
  reads(questions: Questions): Partial<Reads>;
  /**
   * What only a program can tell: POSIX sh, run as root in a subshell with `LC_ALL=C`; what it writes to standard error is dropped, and it never fails. `$mark` is a
   * word that nothing on the machine can know. Every program costs about a millisecond: the shell's own means first.
   */
  script?(questions: Questions): string;
  /** Throws `FactUnreadable` on what it does not expect. */
  parse(readings: Readings, questions: Questions): T;
}

/** `changed-meanwhile`: a file was another when it was read than when it was looked at. */
export type Unreadable = "unexpected" | "changed-meanwhile";

/** A machine answered something that the parser does not know. The message never holds what was answered: it may be a secret. */
export class FactUnreadable extends Error {
  override name = "FactUnreadable";
  readonly code: Unreadable;
  constructor(message: string, code: Unreadable = "unexpected", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
