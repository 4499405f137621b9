/** Small texts, the kernel's among them, by one `grep` that puts each line's path before it. */
import { assert } from "../../lib/assert.ts";
import type { Reads } from "../readings.ts";
import { pathWords } from "./words.ts";

/** Lines of /proc/mounts that a node has by the hundred, one for each pod, and that nobody asks for. */
const NOISE = "^(overlay|tmpfs|shm|nsfs|proc|sysfs|devpts|mqueue) /[a-z]";

export function textsScript(reads: Reads): string {
  for (const path of reads.texts) assert(!path.includes(":"), `a text's path has no colon: ${path}`);
  return `grep -aHsvE '${NOISE}' ${pathWords(reads.texts, reads.textPatterns)}`;
}

export function parseTexts(output: string): Record<string, string> {
  const texts: Record<string, string[]> = {};
  for (const line of output.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    (texts[line.slice(0, colon)] ??= []).push(`${line.slice(colon + 1)}\n`);
  }
  return Object.fromEntries(Object.entries(texts).map(([path, lines]) => [path, lines.join("")]));
}
