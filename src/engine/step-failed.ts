/** The world refused: what we were doing, what happened, and what to do next. */
export type StepFailure =
  | "unreachable"
  | "facts-unreadable"
  | "refused"
  | "locked"
  | "change-failed"
  | "waited-in-vain"
  | "changed-meanwhile"
  | "not-approved"
  | "not-converged"
  | "cut-off"
  | "no-reboot"
  | "artifact"
  | "value-missing"
  | "interrupted";

export class StepFailed extends Error {
  override name = "StepFailed";
  readonly code: StepFailure;
  readonly machine: string | undefined;
  readonly step: string | undefined;
  readonly hint: string | undefined;
  /** The last lines that the command printed. */
  readonly output: readonly string[];
  constructor(code: StepFailure, message: string, context: { machine?: string | undefined; step?: string | undefined; hint?: string | undefined; output?: readonly string[]; cause?: unknown } = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    this.machine = context.machine;
    this.step = context.step;
    this.hint = context.hint;
    this.output = context.output ?? [];
  }
}
