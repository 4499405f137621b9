/** A schedule has a next time. */
import { Cron } from "croner";
import type { Check } from "./check.ts";
import { schedulesOf } from "./derived/schedules.ts";

export const cronFires: Check = {
  id: "cron-fires",
  severity: "error",
  summary: "Each schedule fires some day.",
  why: "A date that no calendar has, such as 30 February, is valid cron: the job is accepted and never runs.",
  examples: {
    good: `
      apps:
        tidy:
          cronJobs:
            sweep: { image: ghcr.io/example/sweep:1.0.0, schedule: 30 3 28 2 * }`,
    bad: `
      apps:
        tidy:
          cronJobs:
            sweep:
              image: ghcr.io/example/sweep:1.0.0
              schedule: 30 3 30 2 * # ✗`,
  },
  check({ homelab, today }) {
    return schedulesOf(homelab).flatMap(({ what, schedule, path }) => {
      if (nextRun(schedule, today) !== undefined) return [];
      return [
        {
          path,
          value: schedule,
          message: `${what} never runs: no day is ${schedule.split(/\s+/).slice(2).join(" ")} (day of month, month, day of week)`,
          expected: "a date that exists",
          fix: "Correct the day or the month; minute hour day-of-month month day-of-week.",
        },
      ];
    });
  },
};

/** Milliseconds since the epoch; undefined where it never fires or cannot be read (which is the schema's finding). */
function nextRun(schedule: string, today: number): number | undefined {
  try {
    // UTC by its offset: to ask for it by its name loads all zones, 0.1 s of each start.
    const next = new Cron(schedule, { paused: true, utcOffset: 0 }).nextRun(new Date(today));
    return next?.getTime();
  } catch {
    // croner throws for text that is no cron at all: the schema has said so already.
    return today;
  }
}
