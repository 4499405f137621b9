/** The machine's own time. A `date` without nanoseconds (busybox) gives whole seconds. */
import { FactUnreadable } from "../fact.ts";

export function momentScript(): string {
  return "date +%s.%N";
}

export function parseMoment(output: string): number {
  const match = /^(\d+)\.(\d{9}|%?N?)\n?$/.exec(output);
  if (match === null) throw new FactUnreadable("read the clock: `date +%s.%N` answered no time");
  return Number(match[1]) * 1000 + (/^\d/.test(match[2]!) ? Math.round(Number(match[2]) / 1e6) : 0);
}
