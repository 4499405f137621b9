/** A service of an app as what runs it: Deployment, StatefulSet where each replica has its own volume, DaemonSet where every machine runs one. */
import type { IDaemonSet } from "kubernetes-models/apps/v1/DaemonSet";
import type { IDeployment } from "kubernetes-models/apps/v1/Deployment";
import type { IStatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { App, AppService, Homelab } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { dnsPart, objectLabels, objectName, selectorLabels, servicePath } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { renderPodTemplate } from "./pod.ts";

/** The headless Service that gives the pods of a StatefulSet their names. */
export function headlessName(app: App, service: AppService): string {
  return `${objectName(app, service.name)}-headless`;
}

function annotations(app: App): Record<string, string> | undefined {
  return Object.keys(app.annotations).length === 0 ? undefined : { ...app.annotations };
}

export function renderWorkload(homelab: Homelab, app: App, service: AppService): RenderedObject {
  const name = objectName(app, service.name);
  const at = servicePath(app, service.name);
  const metadata = { name, namespace: app.namespace, labels: objectLabels(app, name), annotations: annotations(app) };
  const selector = { matchLabels: selectorLabels(app, name) };
  // With an autoscaler the count is its business: a count here would undo its work at each apply.
  const replicas = service.scale === undefined ? service.replicas : undefined;
  const { update } = service;

  if (service.kind === "daemon-set") {
    return rendered<IDaemonSet>(at, {
      apiVersion: "apps/v1", kind: "DaemonSet", metadata,
      spec: {
        selector,
        updateStrategy: update.kind === "recreate" ? { type: "OnDelete" } : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: update.maxUnavailable === 0 ? 1 : update.maxUnavailable } },
        template: renderPodTemplate(homelab, app, service, { service }),
      },
    });
  }
  if (service.kind === "stateful-set") {
    const perReplica = [...new Set(service.mounts.filter((mount) => mount.source === "volume").map((mount) => mount.name))]
      .map((volume) => own(app.volumes, volume)).filter((volume) => volume?.perReplica === true);
    return rendered<IStatefulSet>(at, {
      apiVersion: "apps/v1", kind: "StatefulSet", metadata,
      spec: {
        serviceName: headlessName(app, service),
        replicas,
        selector,
        updateStrategy: { type: update.kind === "recreate" ? "OnDelete" : "RollingUpdate" },
        template: renderPodTemplate(homelab, app, service, { service }),
        volumeClaimTemplates: perReplica.length === 0 ? undefined : perReplica.flatMap((volume): IPersistentVolumeClaim[] => volume === undefined ? [] : [{
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: dnsPart(volume.name), labels: selectorLabels(app, name) },
          spec: { accessModes: [volume.access], storageClassName: volume.storageClass, resources: { requests: { storage: volume.size.text } } },
        }]),
      },
    });
  }
  return rendered<IDeployment>(at, {
    apiVersion: "apps/v1", kind: "Deployment", metadata,
    spec: {
      replicas,
      selector,
      strategy: update.kind === "recreate" ? { type: "Recreate" } : { type: "RollingUpdate", rollingUpdate: { maxSurge: update.maxSurge, maxUnavailable: update.maxUnavailable } },
      template: renderPodTemplate(homelab, app, service, { service, hasRevisions: true }),
    },
  });
}
