/** Whose a pod is, in the words that checks use: an app, `app/part`, or the workload of the platform. */
import type { App, Homelab } from "../../config/homelab.ts";
import { databaseName, selectorLabels } from "../../manifests/names.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../../sim/api/client.ts";

export interface Owner {
  name: string;
  /** The name of its app; undefined for the platform and for objects of the file's own. */
  app: string | undefined;
}

const PLURALS: Readonly<Record<string, string>> = { ReplicaSet: "apps/replicasets", Job: "batch/jobs" };

export function ownerOf(homelab: Homelab, client: SimClient, pod: KubeObject): Owner {
  for (const app of Object.values(homelab.apps)) {
    if (app.namespace !== pod.metadata.namespace) continue;
    const part = partOf(app, pod.metadata.labels ?? {});
    if (part !== undefined) return { name: part === app.name ? app.name : `${app.name}/${part}`, app: app.name };
  }
  return { name: topOwner(client, pod), app: undefined };
}

/** The labels that select a service's pods. */
export function isOfService(app: App, service: string, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selectorLabels(app, service)).every(([key, value]) => labels[key] === value);
}

function partOf(app: App, labels: Readonly<Record<string, string>>): string | undefined {
  const names = [app.services, app.jobs, app.cronJobs].flatMap((parts) => Object.keys(parts));
  const values = new Set(Object.values(labels));
  return names.find((name) => isOfService(app, name, labels)) ?? Object.keys(app.databases).find((name) => values.has(databaseName(app, name)));
}

/** A Deployment's pod belongs to its ReplicaSet, and that to the Deployment. */
function topOwner(client: SimClient, object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner === undefined) return object.metadata.name;
  const plural = PLURALS[owner.kind];
  const above = plural === undefined ? undefined : client.get(plural, object.metadata.namespace, owner.name);
  return above === undefined ? owner.name : topOwner(client, above);
}
