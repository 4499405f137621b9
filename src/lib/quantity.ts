/** Kubernetes quantities (`100m`, `1.5Gi`, `2e3`) as numbers. Amounts of this program stay far below 2^53, so a number is exact enough. */

const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;
const CACHE_SIZE_MAX = 4096;
const cache = new Map<string, number>();

/** The amount in whole units, unrounded; undefined where the text is no quantity. */
export function parseQuantity(text: string | number): number | undefined {
  if (typeof text === "number") return text;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const match = PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const value = match[2] !== undefined ? Number(`${match[1]}${match[2]}`) : Number(match[1]) * SUFFIXES[match[3] ?? ""]!;
  if (cache.size >= CACHE_SIZE_MAX) cache.clear();
  cache.set(text, value);
  return value;
}

/** Rounds up as Kubernetes does, but not for what only the binary fraction made (0.1 + 0.2). */
function roundUp(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value - rounded) < 1e-6 ? rounded : Math.ceil(value);
}

/** `Quantity.Value()`: whole units, rounded up; 0 where missing or unreadable. */
export function quantityValue(text: string | number | null | undefined): number {
  return text == null ? 0 : roundUp(parseQuantity(text) ?? 0);
}

/** `Quantity.MilliValue()`: thousandths, rounded up; 0 where missing or unreadable. */
export function quantityMilli(text: string | number | null | undefined): number {
  return text == null ? 0 : roundUp((parseQuantity(text) ?? 0) * 1000);
}
