/** Everything that one app becomes. */
import type { App, Homelab, Workload } from "../../config/homelab.ts";
import { objectLabels } from "../names.ts";
import type { RenderedObject } from "../rendered.ts";
import { renderConfigMaps } from "./config-map.ts";
import { renderBackupSecret, renderDatabase } from "./database.ts";
import { renderCronJob, renderJob } from "./job.ts";
import { renderNamespace, renderServiceAccount } from "./namespace.ts";
import { renderNetworkPolicies } from "./network-policy.ts";
import { renderRouting } from "./routing.ts";
import { renderScale } from "./scale.ts";
import { registriesOf, renderPullSecret, renderSecrets } from "./secret.ts";
import { renderServices } from "./service.ts";
import { renderVolumeBackups } from "./volume-backup.ts";
import { renderVolumes } from "./volume.ts";
import { renderWorkload } from "./workload.ts";

/** `neighbours`: every app of the same namespace, in the file's order, this one among them. What they share is written in the first one's file. */
export function renderApp(homelab: Homelab, app: App, neighbours: readonly App[]): RenderedObject[] {
  const services = Object.values(app.services);
  const jobs = Object.values(app.jobs);
  const cronJobs = Object.values(app.cronJobs);
  const backedUp = Object.values(app.databases).some((database) => database.backup !== undefined);
  const { backups } = homelab.platform;
  return [
    ...renderNamespace(app, neighbours),
    renderServiceAccount(app),
    ...pullSecrets(homelab, app, neighbours),
    ...renderSecrets(app),
    ...(backedUp && backups !== undefined ? [renderBackupSecret(app, backups)] : []),
    ...renderConfigMaps(app),
    ...renderVolumes(app),
    ...services.map((service) => renderWorkload(homelab, app, service)),
    ...services.flatMap((service) => renderServices(homelab, app, service)),
    ...services.flatMap((service) => renderScale(app, service)),
    ...renderRouting(homelab, app),
    ...renderNetworkPolicies(homelab, app),
    ...Object.values(app.databases).flatMap((database) => renderDatabase(homelab, app, database)),
    ...renderVolumeBackups(homelab, app),
    ...jobs.map((job) => renderJob(homelab, app, job)),
    ...cronJobs.map((cronJob) => renderCronJob(homelab, app, cronJob)),
  ];
}

function imagesOf(app: App): string[] {
  const workloads: Workload[] = [...Object.values(app.services), ...Object.values(app.jobs), ...Object.values(app.cronJobs)];
  return workloads.map((workload) => workload.image);
}

function pullSecrets(homelab: Homelab, app: App, neighbours: readonly App[]): RenderedObject[] {
  const earlier = new Set<string>();
  for (const other of neighbours) {
    if (other === app) break;
    for (const registry of registriesOf(homelab, imagesOf(other))) earlier.add(registry.name);
  }
  return registriesOf(homelab, imagesOf(app))
    .filter((registry) => !earlier.has(registry.name))
    .map((registry) => renderPullSecret(registry, app.namespace, objectLabels(app)));
}
