/** Everything in the file that becomes pods, with the path it is written at: so that rules do not walk apps by hand. */
import type { Path } from "../../config/finding.ts";
import type { App, AppService, CronJob, Database, Homelab, Job, Volume, Workload } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";

export interface At<T> {
  readonly app: App;
  readonly item: T;
  readonly path: Path;
}

type Section = "services" | "databases" | "volumes" | "jobs" | "cronJobs";

function each<T>(homelab: Homelab, section: Section, pick: (app: App) => Readonly<Record<string, T>>): At<T>[] {
  return Object.values(homelab.apps).flatMap((app) =>
    Object.entries(pick(app)).map(([name, item]) => ({ app, item, path: ["apps", app.name, section, name] as const })),
  );
}

export const servicesOf = (homelab: Homelab): At<AppService>[] => each(homelab, "services", (app) => app.services);
export const databasesOf = (homelab: Homelab): At<Database>[] => each(homelab, "databases", (app) => app.databases);
export const volumesOf = (homelab: Homelab): At<Volume>[] => each(homelab, "volumes", (app) => app.volumes);
export const jobsOf = (homelab: Homelab): At<Job>[] => each(homelab, "jobs", (app) => app.jobs);
export const cronJobsOf = (homelab: Homelab): At<CronJob>[] => each(homelab, "cronJobs", (app) => app.cronJobs);

/** Services, jobs and cron jobs: everything with an image. */
export function workloadsOf(homelab: Homelab): At<Workload>[] {
  return [...servicesOf(homelab), ...jobsOf(homelab), ...cronJobsOf(homelab)];
}

/** Volumes of the app that a workload mounts, each with its mount's position in the list. */
export function mountedVolumes(app: App, workload: Workload): { volume: Volume; mountIndex: number }[] {
  return workload.mounts.flatMap((mount, mountIndex) => {
    const volume = mount.source === "volume" ? own(app.volumes, mount.name) : undefined;
    return volume === undefined ? [] : [{ volume, mountIndex }];
  });
}

/** Replicas that may run at once: the largest the autoscaler may ask for. */
export function replicasMax(service: AppService): number {
  return service.scale === undefined ? service.replicas : Math.max(service.replicas, service.scale.max);
}

/** Replicas that always run: the least the autoscaler keeps. */
export function replicasMin(service: AppService): number {
  return service.scale === undefined ? service.replicas : service.scale.min;
}
