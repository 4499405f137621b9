/** Completion indexes of an Indexed Job, written as upstream does: `0,2-4` (`indexed_job_utils.go`). */
import type { Pod } from "../shapes.ts";

export const COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index";

export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Indexes beyond `completions` are dropped. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? "").split(",")) {
    const [first, last = first] = part.split("-");
    if (!first || !/^\d+$/.test(first) || !/^\d+$/.test(last ?? "")) continue;
    for (let index = Number(first); index <= Number(last) && index < completions; index++) indexes.add(index);
  }
  return indexes;
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    // Two neighbours are written apart: `3,4`, three and more as a range.
    parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}${end === i + 1 ? "," : "-"}${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(",");
}

export function pendingIndexes(count: number, completions: number, taken: readonly ReadonlySet<number>[]): number[] {
  const indexes: number[] = [];
  for (let index = 0; index < completions && indexes.length < count; index++) {
    if (!taken.some((set) => set.has(index))) indexes.push(index);
  }
  return indexes;
}
