/** What one pod takes of its machine's disk, beside images and claims: writable layers, logs, `emptyDir` volumes. */
import type { ContainerRecord } from "./container-record.ts";
import type { EmptyDirUse } from "./pod-volumes.ts";

export interface PodDiskUse {
  /** Bytes of layer and log, by container that has run. */
  containers: ReadonlyMap<string, number>;
  emptyDirs: readonly EmptyDirUse[];
}

export function podDiskUse(records: readonly ContainerRecord[], emptyDirs: readonly EmptyDirUse[]): PodDiskUse {
  const containers = new Map<string, number>();
  for (const { spec, current, previous } of records) {
    if (current === undefined) continue;
    // The log of the run before is kept, its layer too until the next one ends.
    const runs = previous === undefined ? [current] : [current, previous];
    containers.set(spec.name, runs.reduce((sum, run) => sum + run.files.ownBytes + run.log.bytes, 0));
  }
  return { containers, emptyDirs };
}

/** All of it in bytes of the disk. */
export function diskBytesOf(records: readonly ContainerRecord[], emptyDirs: readonly EmptyDirUse[]): number {
  let sum = 0;
  for (const { current, previous } of records) {
    if (current !== undefined) sum += current.files.ownBytes + current.log.bytes;
    if (previous !== undefined) sum += previous.files.ownBytes + previous.log.bytes;
  }
  for (const dir of emptyDirs) if (!dir.isInMemory) sum += dir.bytes;
  return sum;
}
