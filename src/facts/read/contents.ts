/** Bytes of regular files, by one `head`. Sizes that were seen a moment before frame them, and the name before each must be where it is expected: what a file holds cannot forge that. */
import { FactUnreadable } from "../fact.ts";
import { CONTENT_BYTES_MAX, leadsTo, type PathStat, type Reads } from "../readings.ts";
import { pathWords } from "./words.ts";

export function contentsScript(reads: Reads): string {
  return `set -- ${pathWords(reads.contents)}
for p do shift; [ ! -f "$p" ] || set -- "$@" "$p"; done
[ $# = 0 ] || head -v -c ${CONTENT_BYTES_MAX} -- "$@"`;
}

export function parseContents(output: Uint8Array, asked: readonly string[], paths: Readonly<Record<string, PathStat | undefined>>): Record<string, Uint8Array> {
  const contents: Record<string, Uint8Array> = {};
  const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength);
  let at = 0;
  for (const path of asked) {
    const stat = leadsTo(paths[path]);
    if (stat?.type !== "file") continue;
    const header = Buffer.from(`${at === 0 ? "" : "\n"}==> ${path} <==\n`);
    const start = at + header.length;
    const end = start + Math.min(stat.sizeBytes, CONTENT_BYTES_MAX);
    if (!bytes.subarray(at, start).equals(header) || end > bytes.length) throw new FactUnreadable(`read ${path}: it, or the file before it, changed meanwhile`, "changed-meanwhile");
    contents[path] = bytes.subarray(start, end);
    at = end;
  }
  if (at !== bytes.length) throw new FactUnreadable("read files: the last one changed meanwhile", "changed-meanwhile");
  return contents;
}
