/** Schedules: words become cron. */
import type { z } from "zod";
import type { BackupPlan } from "../homelab.ts";
import type { backupPlan } from "../schema/backup-plan.ts";
import { SCHEDULE_WORDS } from "../schema/scalars.ts";
import type { Expansion } from "./expansion.ts";

/** `week` as cron; cron as it is, its spaces made single. */
export function cronOf(schedule: string): string {
  return Object.hasOwn(SCHEDULE_WORDS, schedule) ? SCHEDULE_WORDS[schedule]! : schedule.trim().replace(/ +/g, " ");
}

type BackupInput = boolean | "hour" | "day" | "week" | "month" | z.input<typeof backupPlan>;

/** Plan of the platform, or of what has none: weekly, as long as a month is kept. */
export const USUAL_PLAN: BackupPlan = { schedule: cronOf("week"), keep: 4 };

export function expandPlan(written: z.input<typeof backupPlan> | undefined, standard: BackupPlan, why: string, path: readonly (string | number)[], e: Expansion): BackupPlan {
  const own = written?.every ?? written?.schedule;
  return {
    schedule: cronOf(e.or([...path, "schedule"], own, standard.schedule, why)),
    keep: e.or([...path, "keep"], written?.keep, standard.keep, why),
  };
}

/** The plan of a volume or database: its own, the platform's, or none. `standard` is undefined where the platform has no backups. */
export function expandBackup(written: BackupInput | undefined, standard: BackupPlan | undefined, path: readonly (string | number)[], e: Expansion): BackupPlan | undefined {
  if (written === false) return undefined;
  const why = standard === undefined ? "weekly, as much as a month" : "platform.backups.plan";
  if (written === undefined && standard === undefined) return undefined;
  const plan = written === true || written === undefined ? undefined : typeof written === "string" ? { every: written } : written;
  return expandPlan(plan, standard ?? USUAL_PLAN, why, path, e);
}
