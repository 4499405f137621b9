/** Jobs and cron jobs of an app. */
import type { ICronJob } from "kubernetes-models/batch/v1/CronJob";
import type { IJob } from "kubernetes-models/batch/v1/Job";
import type { App, CronJob, Homelab, Job } from "../../config/homelab.ts";
import { contentHash, objectLabels, objectName } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { renderPodTemplate } from "./pod.ts";
import { seconds } from "./probe.ts";

/**
 * A Job is immutable. One that runs once keeps its name for ever; one that runs before each update carries a hash of the images that the update is about,
 * so that the same images never run it twice.
 */
export function jobName(app: App, job: Job): string {
  const name = objectName(app, job.name);
  if (job.when === "install") return name;
  const images = [...Object.values(app.services).map((service) => service.image), job.image];
  return `${name}-${contentHash(images.join("\n"))}`;
}

export function renderJob(homelab: Homelab, app: App, job: Job): RenderedObject {
  const at = ["apps", app.name, "jobs", job.name];
  return rendered<IJob>(at, {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: jobName(app, job), namespace: app.namespace, labels: objectLabels(app, objectName(app, job.name)) },
    spec: {
      backoffLimit: job.retries,
      activeDeadlineSeconds: job.deadline === undefined ? undefined : seconds(job.deadline, 1),
      template: renderPodTemplate(homelab, app, job, { restartPolicy: "Never" }),
    },
  });
}

export function renderCronJob(homelab: Homelab, app: App, cronJob: CronJob): RenderedObject {
  const at = ["apps", app.name, "cronJobs", cronJob.name];
  const name = objectName(app, cronJob.name);
  return rendered<ICronJob>(at, {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name, namespace: app.namespace, labels: objectLabels(app, name) },
    spec: {
      schedule: cronJob.schedule,
      timeZone: cronJob.timeZone,
      concurrencyPolicy: cronJob.concurrency,
      successfulJobsHistoryLimit: cronJob.keepSucceeded,
      failedJobsHistoryLimit: cronJob.keepFailed,
      suspend: cronJob.suspended ? true : undefined,
      jobTemplate: {
        spec: {
          backoffLimit: cronJob.retries,
          activeDeadlineSeconds: cronJob.deadline === undefined ? undefined : seconds(cronJob.deadline, 1),
          template: renderPodTemplate(homelab, app, cronJob, { restartPolicy: "Never" }),
        },
      },
    },
  });
}
