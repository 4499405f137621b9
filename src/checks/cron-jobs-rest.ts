/** A job that may run longer than its interval says what happens then. */
import { Cron } from "croner";
import type { Check, CheckResult } from "./check.ts";
import { cronJobsOf } from "./derived/workloads.ts";

export const cronJobsRest: Check = {
  id: "cron-jobs-rest",
  severity: "warning",
  summary: "A cron job that allows overlap has a deadline shorter than its interval.",
  why: "With `Allow` (as Kubernetes has it by default) a run that hangs is joined by the next one, until the machine is full of them.",
  examples: {
    good: `
      apps:
        tidy:
          cronJobs:
            sweep: { image: ghcr.io/example/sweep:1.0.0, schedule: hour, concurrency: Forbid }`,
    bad: `
      apps:
        tidy:
          cronJobs:
            sweep:
              image: ghcr.io/example/sweep:1.0.0
              schedule: hour
              concurrency: Allow # ✗`,
  },
  check({ homelab, today }) {
    return cronJobsOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      if (item.concurrency !== "Allow") return [];
      const intervalMs = shortestIntervalMs(item.schedule, today);
      if (intervalMs === undefined || (item.deadline !== undefined && item.deadline.ms <= intervalMs)) return [];
      return [
        {
          path: [...path, "concurrency"],
          value: "Allow",
          message: `${item.name} starts again every ${Math.round(intervalMs / 60_000)} min, also while earlier runs hang`,
          expected: "Forbid or Replace, or a deadline",
          fix: "Write concurrency: Forbid, or a deadline shorter than the interval.",
        },
      ];
    });
  },
};

function shortestIntervalMs(schedule: string, today: number): number | undefined {
  try {
    const runs = new Cron(schedule, { paused: true, utcOffset: 0 }).nextRuns(10, new Date(today));
    const gaps = runs.slice(1).map((run, index) => run.getTime() - (runs[index]?.getTime() ?? 0));
    return gaps.length === 0 ? undefined : Math.min(...gaps);
  } catch {
    // Not cron: the schema's finding.
    return undefined;
  }
}
