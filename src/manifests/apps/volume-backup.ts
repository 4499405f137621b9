/** Backups of an app's volumes by VolSync: a ReplicationSource and its restic repository for each claim. */
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { App, AppService, Homelab, Volume } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import type { ReplicationSource } from "../kinds/volsync.ts";
import { dnsPart, objectLabels, objectName } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { intervalDays } from "./backup-plan.ts";
import { backupPrefix } from "./database.ts";
import { SECRET_SOURCE_ANNOTATION } from "./secret.ts";

/** The name of the encryption key in the secrets file where the homelab names none: restic has no unencrypted repository. */
export const DEFAULT_ENCRYPTION_KEY = "backup-encryption-key";

/** Restic reads unused data again when it prunes: not more often than weekly. */
const PRUNE_DAYS_MIN = 7;

/** The claims of a volume: one, or one for each replica of the StatefulSet that mounts it. */
export function claimsOf(app: App, volume: Volume): string[] {
  if (!volume.perReplica) return [objectName(app, volume.name)];
  const owners = Object.values(app.services).filter((service: AppService) => service.mounts.some((mount) => mount.source === "volume" && mount.name === volume.name));
  return owners.flatMap((service) => Array.from({ length: service.replicas }, (_, index) => `${dnsPart(volume.name)}-${objectName(app, service.name)}-${index}`));
}

export function renderVolumeBackups(homelab: Homelab, app: App): RenderedObject[] {
  const { backups, storage } = homelab.platform;
  if (backups === undefined || backups.volumes !== "volsync") return [];
  const objects: RenderedObject[] = [];
  for (const volume of Object.values(app.volumes)) {
    const plan = volume.backup;
    if (plan === undefined) continue;
    const kind = own(storage.classes, volume.storageClass)?.kind;
    // A class without snapshots or clones is read in place, as the app writes: files may be from different moments.
    const copyMethod = kind === "longhorn" || kind === "ceph" || kind === "linstor" ? "Clone" : "Direct";
    for (const claim of claimsOf(app, volume)) {
      const at = ["apps", app.name, "volumes", volume.name, "backup"];
      const name = `${claim}-backup`;
      const key = backups.encryptionKey?.secret ?? DEFAULT_ENCRYPTION_KEY;
      const { accessKey, secretKey } = backups.s3;
      objects.push(rendered<ISecret>(at, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: app.namespace, labels: objectLabels(app), annotations: { [SECRET_SOURCE_ANNOTATION]: [key, accessKey.secret, secretKey.secret].join(",") } },
        type: "Opaque",
        stringData: {
          RESTIC_REPOSITORY: `s3:${backups.s3.endpoint.replace(/\/+$/, "")}/${backups.s3.bucket}/${backupPrefix(backups, app, claim)}`,
          RESTIC_PASSWORD: "", AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "", AWS_DEFAULT_REGION: backups.s3.region,
        },
      }, [
        { key: "RESTIC_PASSWORD", secret: key, form: "value" },
        { key: "AWS_ACCESS_KEY_ID", secret: accessKey.secret, form: "value" },
        { key: "AWS_SECRET_ACCESS_KEY", secret: secretKey.secret, form: "value" },
      ]), rendered<ReplicationSource>(at, {
        apiVersion: "volsync.backube/v1alpha1",
        kind: "ReplicationSource",
        metadata: { name: claim, namespace: app.namespace, labels: objectLabels(app) },
        spec: {
          sourcePVC: claim,
          trigger: { schedule: plan.schedule },
          restic: {
            repository: name,
            copyMethod,
            pruneIntervalDays: Math.max(PRUNE_DAYS_MIN, intervalDays(plan.schedule)),
            retain: { last: String(plan.keep) },
            cacheStorageClassName: volume.storageClass,
          },
        },
      }));
    }
  }
  return objects;
}
