/** Every cron expression of the file. */
import type { Path } from "../../config/finding.ts";
import type { Homelab } from "../../config/homelab.ts";
import { cronJobsOf, databasesOf, volumesOf } from "./workloads.ts";

export interface ScheduleAt {
  readonly what: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly path: Path;
}

export function schedulesOf(homelab: Homelab): ScheduleAt[] {
  const { platform, kubernetes, timeZone } = homelab;
  const found: ScheduleAt[] = cronJobsOf(homelab).map(({ item, path }) => ({ what: `cron job ${item.name}`, schedule: item.schedule, timeZone: item.timeZone, path: [...path, "schedule"] }));
  for (const { item, path } of [...databasesOf(homelab), ...volumesOf(homelab)]) {
    if (item.backup !== undefined) found.push({ what: `the backup of ${item.name}`, schedule: item.backup.schedule, timeZone, path: [...path, "backup", "schedule"] });
  }
  if (platform.backups !== undefined) found.push({ what: "the backups' plan", schedule: platform.backups.plan.schedule, timeZone, path: ["platform", "backups", "plan", "schedule"] });
  if (platform.imageUpdates !== undefined) found.push({ what: "the search for newer images", schedule: platform.imageUpdates.schedule, timeZone, path: ["platform", "imageUpdates", "schedule"] });
  found.push({ what: "etcd's snapshots", schedule: kubernetes.datastore.snapshots.schedule, timeZone, path: ["kubernetes", "datastore", "snapshots", "schedule"] });
  return found;
}
