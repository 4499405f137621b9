/** Time as Kubernetes writes it: RFC 3339 in UTC, whole seconds for `Time`, microseconds for `MicroTime`. */

let lastSecond = Number.NaN;
let lastText = "";
/** Of the last seconds that were written: what a cluster tells again and again began in one of them. */
const texts = new Map<number, string>();
const TEXTS_COUNT_MAX = 2_000;

/** `2026-01-02T03:04:05Z` */
export function rfc3339(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second === lastSecond) return lastText;
  let text = texts.get(second);
  if (text === undefined) {
    if (texts.size >= TEXTS_COUNT_MAX) texts.clear();
    texts.set(second, (text = `${new Date(epochMs).toISOString().slice(0, 19)}Z`));
  }
  lastSecond = second;
  lastText = text;
  return text;
}

/** `2026-01-02T03:04:05.678000Z` */
export function rfc3339Micro(epochMs: number): string {
  const ms = Math.floor(epochMs) % 1000;
  return `${rfc3339(epochMs).slice(0, 19)}.${ms < 10 ? "00" : ms < 100 ? "0" : ""}${ms}000Z`;
}

/** Milliseconds since the epoch, or undefined for a missing or unreadable text. */
export function parseRfc3339(text: string | null | undefined): number | undefined {
  if (text == null) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
