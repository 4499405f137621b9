/** The chain of causes of an outage: from what ended it back to the fault, each step with the time that it took. The steps are those that happened; their times sum to the outage's. */
import { assert } from "../../../lib/assert.ts";
import type { Constant, Constants } from "./constants.ts";
import type { Happening } from "./happening.ts";
import type { HappeningLog } from "./happening-log.ts";
import { type Past, RULES } from "./rules.ts";

/** One step, in the order of time. */
export interface CausePart {
  readonly ms: number;
  /** `other`: not attributed. */
  readonly text: string;
  readonly rests: readonly Constant[];
}

/** A part that nothing recorded explains. */
export const OTHER = "other";
/** More steps than this would be a circle. */
const STEPS_COUNT_MAX = 60;

/** What a span of time from `fromMs` to `toMs` was made of, where `end` ended it (undefined: not known). */
export function unfold(log: HappeningLog, constants: Constants, end: Happening | undefined, fromMs: number, toMs: number): CausePart[] {
  const past: Past = { log, constants, last: (effect, fits) => lastBefore(log.happenings, effect, fits) };
  const parts: CausePart[] = [];
  const take = (untilMs: number, sinceMs: number, text: string, rests: readonly Constant[] = []): void => {
    const ms = Math.min(untilMs, toMs) - Math.max(sinceMs, fromMs);
    if (ms > 0) parts.unshift({ ms, text, rests });
  };
  let effect = end;
  if (effect === undefined) take(toMs, fromMs, OTHER);
  else take(toMs, effect.atMs, OTHER);
  for (let count = 0; effect !== undefined && effect.atMs > fromMs; count++) {
    assert(count < STEPS_COUNT_MAX, "a chain of causes has an end");
    const link = RULES[effect.what]?.(effect, past);
    if (link === undefined) {
      take(effect.atMs, fromMs, effect.what === "fault ends" ? "until it is given back" : OTHER);
      break;
    }
    const { cause, text, rests, mostMs } = link;
    const unexplainedMs = Math.max(0, effect.atMs - cause.atMs - (mostMs ?? Number.POSITIVE_INFINITY));
    take(effect.atMs, cause.atMs + unexplainedMs, text, rests);
    take(cause.atMs + unexplainedMs, cause.atMs, OTHER);
    effect = cause;
  }
  return parts;
}

/** The latest that was written down before `effect`. */
function lastBefore(happenings: readonly Happening[], effect: Happening, fits: (candidate: Happening) => boolean): Happening | undefined {
  for (let index = happenings.indexOf(effect) - 1; index >= 0; index--) if (fits(happenings[index]!)) return happenings[index];
  return undefined;
}
