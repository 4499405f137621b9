/** What can go wrong with a secrets file. A message names the file and, where one value is meant, its key path; it never holds a value. */

/** Branch on these, never on the text. */
export type SecretsFailure =
  /** Not YAML or JSON, or not a SOPS file. */
  | "unreadable"
  /** Changed by somebody who had no key. */
  | "tampered"
  /** No identity that was found opens it. */
  | "no-key"
  /** A part of the format that is not read here; the message says what. */
  | "unsupported"
  /** A recipient, an identity or a creation rule cannot be used. */
  | "key-invalid"
  /** A value that is asked for cannot be given, or one that is given cannot be kept. */
  | "value-invalid";

export class SecretsFailed extends Error {
  override name = "SecretsFailed";
  readonly code: SecretsFailure;
  /** What to do about it, as a sentence; may hold a command. */
  readonly hint: string;
  constructor(code: SecretsFailure, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
