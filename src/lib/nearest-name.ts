/** The valid name that a typo most likely meant. */

/**
 * The nearest of `names`, or undefined when none is near: at most one edit for short names, a third of the length for
 * longer ones. Case and the separators `-`, `_` and `.` count nothing, so `control_plane` finds `control-plane`. The first wins a tie.
 */
export function nearestName(wrong: string, names: Iterable<string>): string | undefined {
  const folded = fold(wrong);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const name of names) {
    const candidate = fold(name);
    const limit = Math.max(1, Math.floor(Math.max(folded.length, candidate.length) / 3));
    if (Math.abs(folded.length - candidate.length) > limit) continue;
    const distance = editDistance(folded, candidate);
    if (distance <= limit && distance < Math.max(folded.length, candidate.length) && distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, "").slice(0, NAME_LENGTH_MAX);
}

/** Longer names are compared by their beginning, so that hostile input costs little. */
const NAME_LENGTH_MAX = 64;

/** Edits (insert, delete, replace, swap of neighbours) between two texts. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
