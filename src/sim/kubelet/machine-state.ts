/** What runs on a machine, beyond what the API's objects tell: enough for another kubelet to go on with it, as one does that was only restarted. Plain data. */
import { MemoryVolume } from "./behaviour/container-files.ts";
import type { Storage } from "./pod-volumes.ts";

export interface MachineState {
  machineId: string;
  bootId: string;
  /** When the kubelet started: it looks at its containers in steps from there. Milliseconds since 1970. */
  startedMs: number;
  /** Full names. */
  images: readonly string[];
  volumes: StorageState;
}

/** Files of volumes that outlive pods: the volume's key, then paths and contents. */
export type StorageState = readonly (readonly [key: string, files: readonly (readonly [path: string, content: string])[]])[];

export function storageState(storage: Storage): StorageState {
  return [...storage].map(([key, volume]) => [key, volume.list().map((path) => [path, volume.read(path) ?? ""] as const)] as const);
}

export function fillStorage(storage: Storage, state: StorageState): void {
  for (const [key, files] of state) {
    const volume = new MemoryVolume();
    for (const [path, content] of files) volume.write(path, content);
    storage.set(key, volume);
  }
}
