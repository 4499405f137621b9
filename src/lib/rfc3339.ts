/** Time as Kubernetes writes it: RFC 3339 in UTC, whole seconds for `Time`, microseconds for `MicroTime`. */

let lastSecond = Number.NaN;
let lastText = "";
let secondBefore = Number.NaN;
let textBefore = "";

/** `2026-01-02T03:04:05Z` */
export function rfc3339(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  // Many things happen in one second of a cluster, and they share its text; some began in another.
  if (second === lastSecond) return lastText;
  const text = second === secondBefore ? textBefore : `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
  [secondBefore, textBefore] = [lastSecond, lastText];
  lastSecond = second;
  lastText = text;
  return text;
}

/** `2026-01-02T03:04:05.678000Z` */
export function rfc3339Micro(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds since the epoch, or undefined for a missing or unreadable text. */
export function parseRfc3339(text: string | null | undefined): number | undefined {
  if (text == null) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
