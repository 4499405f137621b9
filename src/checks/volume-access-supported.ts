/** The storage can be mounted the way a volume asks. */
import type { StorageKind, Volume } from "../config/homelab.ts";
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { volumesOf } from "./derived/workloads.ts";

/** local-path: hostPath on one machine. Ceph and LINSTOR here are block devices. Longhorn serves ReadWriteMany by NFS. */
const SUPPORTED: Readonly<Record<StorageKind, readonly Volume["access"][]>> = {
  "local-path": ["ReadWriteOnce", "ReadWriteOncePod"],
  nfs: ["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"],
  longhorn: ["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"],
  ceph: ["ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany"],
  linstor: ["ReadWriteOnce", "ReadWriteOncePod"],
};

export const volumeAccessSupported: Check = {
  id: "volume-access-supported",
  severity: "error",
  summary: "A volume's access is one that its storage class can give.",
  why: "A claim with another access stays Pending: local-path answers `Only support ReadWriteOnce access mode` (local-path-provisioner).",
  examples: {
    good: `
      site:
        nas: { kind: nas, address: 192.168.1.5, exports: [/tank] }
      platform:
        storage: { default: nas, classes: { nas: { kind: nfs, server: nas, share: /tank } } }
      apps:
        photos: { image: ghcr.io/example/photos:1.0.0, port: 80, host: photos, replicas: 2, volumes: { data: { size: 50Gi, path: /data, access: ReadWriteMany } } }`,
    bad: `
      apps:
        photos:
          image: ghcr.io/example/photos:1.0.0
          port: 80
          host: photos
          replicas: 2
          volumes:
            data: { size: 50Gi, path: /data, access: ReadWriteMany } # ✗`,
  },
  check({ homelab }) {
    return volumesOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      const storage = own(homelab.platform.storage.classes, item.storageClass);
      if (storage === undefined || SUPPORTED[storage.kind].includes(item.access)) return [];
      return [
        {
          path: [...path, "access"],
          value: item.access,
          message: `the volume ${item.name} asks for ${item.access}, which ${storage.kind} cannot give`,
          expected: SUPPORTED[storage.kind].join(" or "),
          fix: item.access === "ReadWriteMany" ? "Use a class of kind nfs or longhorn, or perReplica: true." : `Use access: ${SUPPORTED[storage.kind][0] ?? "ReadWriteOnce"}.`,
        },
      ];
    });
  },
};
