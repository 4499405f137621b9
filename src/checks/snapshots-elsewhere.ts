/** etcd's snapshots leave the disk they protect. */
import type { Check } from "./check.ts";

export const snapshotsElsewhere: Check = {
  id: "snapshots-elsewhere",
  severity: "warning",
  summary: "Where there is a backup store, etcd's snapshots go there.",
  why: "k3s keeps its snapshots on the same disk as etcd: when the disk dies, both are gone (docs.k3s.io, etcd-snapshot).",
  examples: {
    good: `
      kubernetes: { datastore: { kind: etcd, snapshots: { toBackups: true } } }
      machineDefaults: { disk: { kind: nvme, size: 256G } }
      platform:
        backups: { s3: { endpoint: "http://192.168.1.5:9000", bucket: home, accessKey: { secret: s3-key }, secretKey: { secret: s3-secret } } }`,
    bad: `
      kubernetes:
        datastore:
          kind: etcd
          snapshots: { toBackups: false } # ✗
      machineDefaults: { disk: { kind: nvme, size: 256G } }
      platform:
        backups: { s3: { endpoint: "http://192.168.1.5:9000", bucket: home, accessKey: { secret: s3-key }, secretKey: { secret: s3-secret } } }`,
  },
  check({ homelab }) {
    const { datastore } = homelab.kubernetes;
    if (datastore.kind !== "etcd" || homelab.platform.backups === undefined || datastore.snapshots.toBackups) return [];
    return [
      {
        path: ["kubernetes", "datastore", "snapshots"],
        message: "etcd's snapshots stay on the disk of etcd, though there is a backup store",
        expected: "toBackups: true",
        fix: "Set kubernetes.datastore.snapshots: { toBackups: true }.",
      },
    ];
  },
};
