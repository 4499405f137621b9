/** A machine taken out of the text of a homelab file, with every list that names it. All other text stays to the letter. What else names it is the loader's to find. */
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, visit } from "yaml";

/** Lists of names in which a machine that is gone has no place. */
const LISTS = new Set(["connects", "powers", "runs", "on"]);

type Cut = readonly [start: number, end: number];

/** Undefined where the file writes no such machine, or writes all machines on one line. */
export function withoutMachine(text: string, name: string): string | undefined {
  const document = parseDocument(text);
  const machines = document.get("machines");
  if (!isMap(machines) || machines.flow === true) return undefined;
  const pair = machines.items.find(({ key }) => isScalar(key) && key.value === name) as Pair<Node, Node | null> | undefined;
  const [start] = pair?.key.range ?? [];
  if (pair === undefined || start === undefined) return undefined;
  const cuts: Cut[] = [wholeLines(text, start, pair.value?.range?.[1] ?? start)];
  visit(document, {
    Pair(_key, { key, value }) {
      if (!isScalar(key) || !LISTS.has(String(key.value)) || !isSeq(value)) return;
      const index = value.items.findIndex((item) => isScalar(item) && item.value === name);
      if (index < 0) return;
      const rangeOf = (at: number): readonly number[] | undefined => (value.items[at] as Node | undefined)?.range ?? undefined;
      const [from, to] = rangeOf(index) as [number, number];
      if (value.flow !== true) cuts.push(wholeLines(text, from, to));
      // With the comma before it, or the one behind the first.
      else cuts.push(index > 0 ? [rangeOf(index - 1)![1]!, to] : [from, rangeOf(1)?.[0] ?? to]);
    },
  });
  return cuts.sort(([a], [b]) => b - a).reduce((rest, [from, to]) => rest.slice(0, from) + rest.slice(to), text);
}

function wholeLines(text: string, start: number, end: number): Cut {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  if (text[end - 1] === "\n") return [from, end];
  const newline = text.indexOf("\n", end);
  return [from, newline < 0 ? text.length : newline + 1];
}
