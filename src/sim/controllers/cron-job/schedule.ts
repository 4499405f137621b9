/** A CronJob's schedule in virtual time: five fields, `@hourly` and the like, `@every 5m`, and a time zone (robfig/cron's standard parser). */
import { Cron } from "croner";

export interface Schedule {
  /** The first time after this one; undefined when there is none (30 February). */
  next(afterMs: number): number | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function everyMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) ms += Number(amount) * UNIT_MS[unit!]!;
  return Math.max(1_000, Math.floor(ms / 1_000) * 1_000);
}

/** Throws an Error that says what is wrong with the text. */
export function parseSchedule(text: string, timeZone = "Etc/UTC"): Schedule {
  const zoned = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(text);
  const zone = zoned?.[1] ?? timeZone;
  const pattern = (zoned?.[2] ?? text).trim();
  if (pattern.startsWith("@every ")) {
    const periodMs = everyMs(pattern.slice("@every ".length).trim());
    if (periodMs === undefined) throw new Error(`failed to parse duration ${pattern}`);
    return { next: (afterMs) => Math.floor(afterMs / 1_000) * 1_000 + periodMs };
  }
  if (!pattern.startsWith("@") && pattern.split(/\s+/).length !== 5) {
    throw new Error(`expected exactly 5 fields, found ${pattern.split(/\s+/).length}: [${pattern.split(/\s+/).join(" ")}]`);
  }
  const cron = new Cron(pattern, { timezone: zone, paused: true });
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

export interface Due {
  /** The latest time that should have been run and was not. */
  atMs: number;
  /** More than a hundred times were missed: worth a warning, and the latest still runs. */
  isManyMissed: boolean;
}

/** Missed runs that are worth a warning. */
const MISSED_MAX = 100;

/** As `mostRecentScheduleTime`: from the last run (or the creation), no further back than the starting deadline. */
export function dueSchedule(schedule: Schedule, sinceMs: number, nowMs: number, startingDeadlineMs: number | undefined): Due | undefined {
  const earliestMs = startingDeadlineMs === undefined ? sinceMs : Math.max(sinceMs, nowMs - startingDeadlineMs);
  const first = schedule.next(earliestMs);
  if (first === undefined || nowMs < first) return undefined;
  const second = schedule.next(first);
  if (second === undefined || nowMs < second) return { atMs: first, isManyMissed: false };
  const periodMs = Math.max(1_000, second - first);
  const missed = Math.floor((nowMs - first) / periodMs) + 1;
  // Not walked one by one from a long way back: a jump, then the rest.
  let atMs = first;
  for (let next = schedule.next(first + (missed - 2) * periodMs - 1); next !== undefined && next <= nowMs; next = schedule.next(next)) atMs = next;
  return { atMs, isManyMissed: startingDeadlineMs === undefined ? missed > MISSED_MAX : missed > MISSED_MAX && startingDeadlineMs > 0 };
}
