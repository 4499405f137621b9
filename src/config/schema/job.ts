/** What runs once, and what runs by the clock. */
import { z } from "zod";
import { duration, oneOf, schedule, timeZone, wholeNumber } from "./scalars.ts";
import { workloadFields } from "./workload.ts";

export const job = z
  .strictObject({
    ...workloadFields,
    when: oneOf(["install", "before-update"]).optional().describe("Once, or each time the app's images change."),
    retries: wholeNumber(0, 100).optional().describe("How often it is tried again."),
    deadline: duration.optional().describe("How long it may take in all."),
  })
  .meta({ id: "Job", description: "What runs once." });

export const cronJob = z
  .strictObject({
    ...workloadFields,
    schedule: schedule.describe("When: hour, day, week, month, or five cron fields."),
    timeZone: timeZone.optional().describe("The time zone of the schedule."),
    concurrency: oneOf(["Allow", "Forbid", "Replace"]).optional().describe("What happens while the last run is not done."),
    retries: wholeNumber(0, 100).optional().describe("How often a run is tried again."),
    deadline: duration.optional().describe("How long a run may take in all."),
    keepSucceeded: wholeNumber(0, 100).optional().describe("Runs that are kept to look at."),
    keepFailed: wholeNumber(0, 100).optional().describe("Failed runs that are kept to look at."),
    suspended: z.boolean().optional().describe("Whether it waits for now."),
  })
  .meta({ id: "CronJob", description: "What runs by the clock." });
