/** The computer refused what the lab asked of it. Branch on the code, never on the text. */
export type LabFailure =
  | "not-root"
  | "programs-missing"
  | "computer-unfit"
  | "address-missing"
  | "busy"
  | "inside"
  | "unknown-lab"
  | "unknown-machine"
  | "unknown-snapshot"
  | "image-failed"
  | "machine-failed"
  | "network-failed";

export class LabFailed extends Error {
  override name = "LabFailed";
  readonly code: LabFailure;
  /** What to do about it, as a sentence; may hold a command. */
  readonly hint: string;
  constructor(code: LabFailure, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
