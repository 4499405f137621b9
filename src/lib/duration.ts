/** Durations as people write them: `90s`, `2m`, `1h30m`, `7d`, `4w`. */

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** One or more whole or decimal numbers, each with its unit. */
export const DURATION_PATTERN = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/;

/** `1h30m` in milliseconds; undefined where the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  let total = 0;
  for (const match of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) total += Number(match[1]) * UNITS_MS[match[2]!]!;
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined;
}
