/** When to back up and how many to keep: shared by databases, volumes and the platform. */
import { z } from "zod";
import { isMap, structure } from "./structure.ts";
import { oneOf, schedule, wholeNumber } from "./scalars.ts";

export const backupPlan = structure(
  z.strictObject({
    every: oneOf(["hour", "day", "week", "month"]).optional().describe("How often, in a word."),
    schedule: schedule.optional().describe("Or when, as five cron fields."),
    keep: wholeNumber(1, 10_000).optional().describe("How many are kept."),
  }),
  (value, report) => {
    if (isMap(value) && value["every"] !== undefined && value["schedule"] !== undefined) {
      report(["every"], "every and schedule are both given", "Keep one of them.");
    }
  },
).meta({ id: "BackupPlan", description: "When to back up, and how many to keep." });

/** A plan, a word for how often, or whether at all. */
export const backup = z.union([z.boolean(), oneOf(["hour", "day", "week", "month"]), backupPlan]);
