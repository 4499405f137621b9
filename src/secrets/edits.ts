/** Pieces of a text replaced by others, all at once. */
import { assert } from "../lib/assert.ts";
import type { Span } from "./layout.ts";

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.span[0] - b.span[0])) {
    assert(edit.span[0] >= at, "edits do not overlap");
    result += text.slice(at, edit.span[0]) + edit.text;
    at = edit.span[1];
  }
  return result + text.slice(at);
}
