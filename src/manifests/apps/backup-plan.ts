/** What a backup plan means in each tool's own words: the interval of a schedule, and how long the kept copies reach back. */
import { Cron } from "croner";
import type { BackupPlan } from "../../config/homelab.ts";

const DAY_MS = 86_400_000;

/** Where counting starts: any fixed Monday gives the same interval for a regular schedule. */
const REFERENCE = Date.UTC(2026, 0, 5);

/** Runs that are looked at: a month of days, so that a weekday pattern shows its longest gap. */
const RUNS = 32;

/** The longest time between two runs of a schedule, in days, at least 1; 1 for a schedule that never fires twice. */
export function intervalDays(schedule: string): number {
  return Math.max(1, Math.ceil(longestGapMs(schedule) / DAY_MS));
}

/** The longest time between two runs of a schedule; 0 for one that never fires twice. */
export function longestGapMs(schedule: string): number {
  const runs = new Cron(schedule, { paused: true, timezone: "UTC" }).nextRuns(RUNS, new Date(REFERENCE));
  let longest = 0;
  for (let index = 1; index < runs.length; index++) {
    const [before, after] = [runs[index - 1], runs[index]];
    if (before !== undefined && after !== undefined) longest = Math.max(longest, after.getTime() - before.getTime());
  }
  return longest;
}

/** How far back `keep` copies reach, in days: what tools that count time, not copies, are told. */
export function retentionDays(plan: BackupPlan): number {
  return intervalDays(plan.schedule) * plan.keep;
}
