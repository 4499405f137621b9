/** `metav1.Time` and `MicroTime`: RFC 3339 in, UTC with seconds (or microseconds) out, and Go's words for what does not parse. */

const SECONDS = "2006-01-02T15:04:05Z07:00";
const MICROS = "2006-01-02T15:04:05.000000Z07:00";

/** The elements of the layout and what each matches, in order. */
const ELEMENTS: readonly (readonly [string, RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d{2}/],
  ["-", /^-/],
  ["02", /^\d{2}/],
  ["T", /^T/],
  ["15", /^\d{2}/],
  [":", /^:/],
  ["04", /^\d{2}/],
  [":", /^:/],
  ["05", /^\d{2}/],
];

export function decodeTime(text: string, kind: "date-time" | "micro-time"): { text: string; error?: undefined } | { error: string; text?: undefined } {
  if (kind === "date-time" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text))) return { text };
  const layout = kind === "date-time" ? SECONDS : MICROS;
  let rest = text;
  for (const [element, pattern] of ELEMENTS) {
    const found = pattern.exec(rest);
    if (!found) return { error: cannotParse(text, layout, rest, element) };
    rest = rest.slice(found[0].length);
  }
  const fraction = /^\.(\d+)/.exec(rest);
  if (kind === "micro-time" && fraction?.[1]?.length !== 6) return { error: cannotParse(text, layout, rest, ".000000") };
  if (fraction) rest = rest.slice(fraction[0].length);
  const zone = /^(Z|[+-]\d\d:\d\d)/.exec(rest);
  if (!zone) return { error: cannotParse(text, layout, rest, "Z07:00") };
  if (rest.length > zone[0].length) return { error: `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest.slice(zone[0].length))}` };
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return { error: `parsing time ${JSON.stringify(text)}: ${outOfRange(text)} out of range` };
  const seconds = new Date(ms).toISOString().slice(0, 19);
  return { text: kind === "date-time" ? `${seconds}Z` : `${seconds}.${fraction![1]}Z` };
}

function cannotParse(text: string, layout: string, rest: string, element: string): string {
  return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`;
}

function outOfRange(text: string): string {
  const [month, hour, minute, second] = [text.slice(5, 7), text.slice(11, 13), text.slice(14, 16), text.slice(17, 19)].map(Number) as [number, number, number, number];
  if (month < 1 || month > 12) return "month";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  return second > 59 ? "second" : "day";
}
