/**
 * One observation of a machine: a shell snippet, and a pure parser of what it prints. All facts of a machine are one script over one connection, so a snippet is
 * short, starts few programs, never fails and changes nothing.
 */
import type { Questions } from "./questions.ts";

export interface Fact<T> {
  readonly id: string;
  /** POSIX sh, run as root in a subshell with `LC_ALL=C`; what it writes to standard error is dropped. */
  script(questions: Questions): string;
  /** `output` is exactly what the snippet printed. Throws `FactUnreadable` on what it does not expect. */
  parse(output: string, questions: Questions): T;
}

/** A machine answered something that the parser does not know. The whole output goes to the debug log, never to the message. */
export class FactUnreadable extends Error {
  override name = "FactUnreadable";
}
