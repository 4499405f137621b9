/** Names leave room for what Kubernetes adds to them. */
import type { Check, CheckResult } from "./check.ts";
import { cronJobsOf, databasesOf, jobsOf, servicesOf } from "./derived/workloads.ts";

/** A CronJob adds 11 characters for its Jobs' names (validation: 52). A StatefulSet's pods get -N and a hash label of 63. A database's services end in -rw. */
const LENGTHS = { cronJob: 52, statefulSet: 52, database: 50, service: 63, job: 63 } as const;

export const namesFit: Check = {
  id: "names-fit",
  severity: "error",
  summary: "Names of services, jobs and databases are short enough for the objects they become.",
  why: "Kubernetes makes names of names: a CronJob's must be at most 52 characters (`must be no more than 52 characters`), a StatefulSet's pods carry a label of at most 63.",
  examples: {
    good: `
      apps:
        tidy: { cronJobs: { sweep: { image: ghcr.io/example/sweep:1.0.0, schedule: day } } }`,
    bad: `
      apps:
        tidy:
          cronJobs:
            sweep-the-whole-house-from-the-attic-to-the-cellar-slowly: # ✗
              image: ghcr.io/example/sweep:1.0.0
              schedule: day`,
  },
  check({ homelab }) {
    const results: CheckResult[] = [];
    const fits = (name: string, max: number, what: string, path: CheckResult["path"]): void => {
      if (name.length > max) results.push({ path, at: "key", value: name, message: `${what} ${name} has a name of ${name.length} characters`, expected: `at most ${max}`, fix: "Shorten it." });
    };
    for (const { item, path } of servicesOf(homelab)) fits(item.name, item.kind === "stateful-set" ? LENGTHS.statefulSet : LENGTHS.service, "service", path);
    for (const { item, path } of cronJobsOf(homelab)) fits(item.name, LENGTHS.cronJob, "cron job", path);
    for (const { item, path } of jobsOf(homelab)) fits(item.name, LENGTHS.job, "job", path);
    for (const { item, path } of databasesOf(homelab)) fits(item.name, LENGTHS.database, "database", path);
    return results;
  },
};
