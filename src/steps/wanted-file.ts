/** A file as it should be, compared with what is there: the heart of every step that writes one. */
import { createHash } from "node:crypto";
import type { FileFact, MachineFacts } from "../facts/machine-facts.ts";
import type { Text, WriteFile } from "./change.ts";
import type { Want } from "./step.ts";

export interface WantedFile {
  readonly path: string;
  readonly content: Text;
  readonly mode: string;
  readonly owner?: string;
}

/** The write that makes it so, or undefined when it is so. `why` says what differs, in a word or two. */
export function fileChange(facts: MachineFacts, wanted: WantedFile, want: Pick<Want, "valueOf">): { readonly action: WriteFile; readonly why: string } | undefined {
  const there = facts.files[wanted.path];
  const owner = wanted.owner ?? "root:root";
  const why = differenceOf(there, wanted, owner, want);
  if (why === undefined) return undefined;
  const holdsSecrets = (wanted.content.values ?? []).length > 0;
  const content = there?.kind === "file" ? there.content : undefined;
  return {
    why,
    action: {
      do: "write-file",
      path: wanted.path,
      content: wanted.content,
      mode: wanted.mode,
      owner,
      // A package that was installed a moment ago may have brought it: what was not there when it was looked at is kept as the original, too.
      before: there === undefined || there.kind === "absent" ? undefined : content === undefined ? undefined : createHash("sha256").update(content).digest("hex"),
      keepsOriginal: true,
      // What was there may hold an older secret, which nobody can recognise: such a file is never shown.
      ...(content !== undefined && !holdsSecrets ? { previous: content } : {}),
    },
  };
}

function differenceOf(there: FileFact | undefined, wanted: WantedFile, owner: string, want: Pick<Want, "valueOf">): string | undefined {
  if (there === undefined || there.kind === "absent") return "not there";
  if (there.kind === "directory") return "a directory is in its place";
  if (there.kind !== "file" || there.linkTo !== undefined) return "something else is in its place";
  const text = filled(wanted.content, want);
  if (text === undefined || there.content !== text) return "has another content";
  if (there.mode !== wanted.mode) return `has mode ${there.mode}, not ${wanted.mode}`;
  if (there.owner !== owner) return `belongs to ${there.owner}, not ${owner}`;
  return undefined;
}

/** Undefined while a value does not exist: then the file cannot be as wanted. */
function filled(text: Text, want: Pick<Want, "valueOf">): string | undefined {
  let result = text.text;
  for (const name of text.values ?? []) {
    const value = want.valueOf(name);
    if (value === undefined) return undefined;
    result = result.replaceAll(`\${${name}}`, () => value);
  }
  return result;
}

/** Text of a file that is there, or empty. */
export function contentOf(facts: MachineFacts, path: string): string {
  const file = facts.files[path];
  return file?.kind === "file" ? (file.content ?? "") : "";
}

export function isThere(facts: MachineFacts, path: string): boolean {
  const file = facts.files[path];
  return file !== undefined && file.kind !== "absent";
}

/** A program or data of its own: a link, such as those that lead to k3s, goes with what it leads to. */
export function isItself(facts: MachineFacts, path: string): boolean {
  const file = facts.files[path];
  return file !== undefined && file.kind !== "absent" && file.kind !== "link" && !(file.kind === "file" && file.linkTo !== undefined);
}

const BLOCK_BEGIN = "# begin kubernest";
const BLOCK_END = "# end kubernest";

/** A file of somebody else's with a block of ours in it, in place or at its end. */
export function withBlock(text: string, block: string): string {
  const ours = block === "" ? "" : `${BLOCK_BEGIN}\n${block}${BLOCK_END}\n`;
  const pattern = new RegExp(`^${BLOCK_BEGIN}\\n(?:.*\\n)*?${BLOCK_END}\\n?`, "m");
  if (pattern.test(text)) return text.replace(pattern, () => ours);
  return text === "" || text.endsWith("\n") ? text + ours : `${text}\n${ours}`;
}
