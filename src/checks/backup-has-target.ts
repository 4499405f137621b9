/** A backup has a place to go. */
import type { Check, CheckResult } from "./check.ts";
import { databasesOf, volumesOf } from "./derived/workloads.ts";

export const backupHasTarget: Check = {
  id: "backup-has-target",
  severity: "error",
  summary: "What asks for a backup has platform.backups, and something that copies it.",
  why: "A backup plan without a store would do nothing, unseen until the day it is needed.",
  examples: {
    good: `
      platform:
        backups: { s3: { endpoint: "http://192.168.1.5:9000", bucket: home, accessKey: { secret: s3-key }, secretKey: { secret: s3-secret } } }
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          databases: { main: { engine: postgres, size: 5Gi, backup: week } }`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          databases:
            main: { engine: postgres, size: 5Gi, backup: week } # ✗`,
  },
  check({ homelab }) {
    const { backups } = homelab.platform;
    const fix = "Add platform: { backups: { s3: { endpoint, bucket, accessKey, secretKey } } }, or remove the backup.";
    const results: CheckResult[] = [];
    if (backups === undefined) {
      for (const { item, path } of [...databasesOf(homelab), ...volumesOf(homelab)]) {
        if (item.backup !== undefined) results.push({ path: [...path, "backup"], value: item.backup.schedule, message: `${item.name} is to be backed up, and platform.backups names no place`, expected: "platform.backups with an S3 store", fix });
      }
      if (homelab.kubernetes.datastore.snapshots.toBackups) {
        results.push({ path: ["kubernetes", "datastore", "snapshots", "toBackups"], value: "true", message: "etcd's snapshots are to be copied to platform.backups, which is not there", expected: "platform.backups with an S3 store", fix });
      }
    } else if (backups.volumes === "none") {
      for (const { item, path } of volumesOf(homelab)) {
        if (item.backup !== undefined) results.push({ path: [...path, "backup"], value: item.backup.schedule, message: `volume ${item.name} is to be backed up, and platform.backups.volumes is none`, expected: "volumes: volsync", fix: "Set platform.backups.volumes: volsync, or remove the backup." });
      }
    }
    return results;
  },
};
