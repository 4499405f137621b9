/** Paths and patterns as words of the script. */
import { assert } from "../../lib/assert.ts";
import { shellWords } from "../../lib/shell-quote.ts";

export function pathWords(paths: readonly string[], patterns: readonly string[] = []): string {
  // A line feed would end a line of the answer in the middle of a path.
  for (const path of paths) assert(path.startsWith("/") && !/[\n\0]/.test(path), `a path to read is absolute and one line: ${JSON.stringify(path)}`);
  for (const pattern of patterns) assert(/^\/[A-Za-z0-9_./*[\]!-]+$/.test(pattern), `a pattern is a path of plain characters, * and [...]: ${JSON.stringify(pattern)}`);
  return [...(paths.length === 0 ? [] : [shellWords(paths)]), ...patterns].join(" ");
}
