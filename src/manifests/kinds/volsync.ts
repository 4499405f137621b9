/** VolSync's ReplicationSource (volsync.backube/v1alpha1) with its restic mover, as far as we write it. Source: VolSync's documentation, "Restic-based backup". */
export interface ReplicationSource {
  apiVersion: "volsync.backube/v1alpha1";
  kind: "ReplicationSource";
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  spec: {
    sourcePVC: string;
    trigger: { schedule: string };
    restic: {
      repository: string;
      copyMethod: "Direct" | "Clone" | "Snapshot";
      pruneIntervalDays: number;
      retain: { last: string };
      cacheCapacity?: string;
      cacheStorageClassName?: string;
      moverSecurityContext?: { runAsUser?: number; runAsGroup?: number; fsGroup?: number };
    };
  };
}
