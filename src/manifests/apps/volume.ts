/** Claims for the volumes that an app's replicas share; a volume of each replica is a template in its StatefulSet. */
import type { IPersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import type { App } from "../../config/homelab.ts";
import { objectLabels, objectName } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";

export function renderVolumes(app: App): RenderedObject[] {
  return Object.values(app.volumes).filter((volume) => !volume.perReplica).map((volume) =>
    rendered<IPersistentVolumeClaim>(["apps", app.name, "volumes", volume.name], {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: objectName(app, volume.name), namespace: app.namespace, labels: objectLabels(app) },
      spec: { accessModes: [volume.access], storageClassName: volume.storageClass, resources: { requests: { storage: volume.size.text } } },
    }));
}
