/** Whether each app's services run, and where they are reached. Reads only. */
import type { Homelab } from "../config/homelab.ts";
import type { KubeClient } from "../kube/kube-client.ts";
import { appAddresses } from "../manifests/app-addresses.ts";
import { objectName } from "../manifests/names.ts";
import { groupOf } from "./object-name.ts";
import type { WantedCluster } from "./cluster-work.ts";

export interface AppStatus {
  readonly app: string;
  readonly service: string;
  readonly ready: number;
  readonly replicas: number;
  readonly urls: readonly string[];
}

export async function appStatus(client: KubeClient, homelab: Homelab, wanted: WantedCluster): Promise<AppStatus[]> {
  const addresses = appAddresses(homelab);
  const workloads = wanted.stages.apps.objects.map(({ object }) => object).filter(({ apiVersion }) => groupOf(apiVersion) === "apps");
  const services = Object.values(homelab.apps).flatMap((app) => Object.values(app.services).map((service) => ({ app, service })));
  return Promise.all(
    services.map(async ({ app, service }) => {
      const workload = workloads.find(({ metadata }) => metadata.namespace === app.namespace && metadata.labels?.["app.kubernetes.io/instance"] === app.name && metadata.name === objectName(app, service.name));
      const live = workload === undefined ? undefined : await client.find(workload.apiVersion, workload.kind, app.namespace, workload.metadata.name);
      const status = (live?.["status"] ?? {}) as { readyReplicas?: number; numberReady?: number; desiredNumberScheduled?: number };
      const replicas = (live?.["spec"] as { replicas?: number } | undefined)?.replicas ?? status.desiredNumberScheduled ?? 0;
      return { app: app.name, service: service.name, ready: status.readyReplicas ?? status.numberReady ?? 0, replicas, urls: addresses.filter((address) => address.app === app.name && address.service === service.name).map(({ url }) => url) };
    }),
  );
}
