/** Which values of a file are encrypted: at most one of four rules, kept in the file's metadata and decided by the keys on a value's path. */
import { SecretsFailed } from "./secrets-failed.ts";

export const RULE_NAMES = ["unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex"] as const;
export type RuleName = (typeof RULE_NAMES)[number];

export interface EncryptionRule {
  readonly name: RuleName;
  readonly text: string;
  /** True when only encrypted values go into the message authentication code. */
  readonly macOnlyEncrypted: boolean;
  isEncrypted(path: readonly string[]): boolean;
}

const DEFAULT_SUFFIX = "_unencrypted";
/** They decide by comments, whose place differs from one YAML library to the next: read elsewhere than by SOPS, a secret could stay readable. */
const BY_COMMENT = ["unencrypted_comment_regex", "encrypted_comment_regex"];

/** `from`: the metadata of a file, or a creation rule. `where` names it in errors. */
export function encryptionRule(from: Readonly<Record<string, unknown>>, where: string): EncryptionRule {
  const byComment = BY_COMMENT.find((name) => from[name]);
  if (byComment !== undefined) throw new SecretsFailed("unsupported", `${where}: ${byComment} is not supported`, "Use encrypted_regex or encrypted_suffix, or work with the file through sops.");
  const given = RULE_NAMES.filter((name) => from[name] !== undefined && from[name] !== "");
  if (given.length > 1) throw new SecretsFailed("unreadable", `${where}: ${given.join(" and ")} are given, and SOPS takes one of them`, "Keep one.");
  const name = given[0] ?? "unencrypted_suffix";
  const text = given.length === 0 ? DEFAULT_SUFFIX : String(from[name]);
  const matches = name.endsWith("_suffix") ? (key: string) => key.endsWith(text) : regexMatcher(text, `${where}: ${name}`);
  const isEncryptedWhenMatched = name.startsWith("encrypted_");
  return {
    name,
    text,
    macOnlyEncrypted: from["mac_only_encrypted"] === true || from["mac_only_encrypted"] === "true",
    isEncrypted: (path) => path.some(matches) === isEncryptedWhenMatched,
  };
}

/** Go's regular expressions, as far as they mean the same here; what might not is refused, never guessed. */
export function regexMatcher(text: string, where: string): (input: string) => boolean {
  const [, flags = "", body = ""] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(text) ?? [];
  // Looking around and back references are JavaScript's alone: SOPS takes such a rule for one that matches nothing. Classes like [:alpha:] are Go's alone.
  if (/\(\?<?[=!]|\\[1-9k]|\[:\^?\w+:/.test(body)) throw new SecretsFailed("unsupported", `${where}: the regular expression ${text} does not mean the same to SOPS and here`, "Write it without looking around, back references and classes like [[:alpha:]].");
  const translated = body.replaceAll("(?P<", "(?<").replace(/^\\A/, "^").replace(/\\z$/, "$");
  try {
    const regex = new RegExp(translated, `u${flags}`);
    return (input) => regex.test(input);
  } catch (cause) {
    throw new SecretsFailed("unsupported", `${where}: the regular expression ${text} cannot be read here`, "Write it with what Go and JavaScript share: no POSIX classes, no \\Q…\\E, flags only at the beginning.", { cause });
  }
}
