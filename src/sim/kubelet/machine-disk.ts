/** The one file system of a machine: what fills it, and what is left. Images, volumes, logs and the system share it, as on most small machines. */
import type { SimMachine } from "../machine.ts";

/**
 * Estimate: a minimal system with its logs, the Kubernetes binaries and the kubelet's own files. At most a quarter of the disk, so that a
 * tiny one is not full from the start.
 */
const SYSTEM_BYTES = 4_000_000_000;
/** What ext4 keeps for root (mke2fs(8), `-m`, 5 %): no pod and no image gets it, and the kubelet counts it as used. */
const RESERVED_SHARE = 0.05;
const BLOCK_BYTES = 4096;
/**
 * Unpacked size by packed size: nginx takes 191 MB unpacked and 70.5 MB packed (github.com/containerd/containerd/issues/9261, the same image
 * under both runtimes).
 */
const UNPACKED_RATIO = 2.7;

/** What fills the disk beside the system. */
export interface DiskContents {
  imageBytes(): number;
  /** Volumes, writable layers and logs. */
  fileBytes(): number;
}

export class MachineDisk {
  readonly capacityBytes: number;
  readonly #systemBytes: number;
  readonly #contents: DiskContents;
  /** What something outside the pods wrote: a fault. */
  otherBytes = 0;

  constructor(machine: SimMachine, contents: DiskContents) {
    this.capacityBytes = machine.diskBytes;
    this.#systemBytes = Math.min(SYSTEM_BYTES, machine.diskBytes / 4);
    this.#contents = contents;
  }

  /** What pods and images can still take, as the kubelet sees it. */
  get availableBytes(): number {
    const used = this.#systemBytes + this.otherBytes + this.#contents.imageBytes() + this.#contents.fileBytes();
    return Math.max(0, Math.floor((this.capacityBytes * (1 - RESERVED_SHARE) - used) / BLOCK_BYTES) * BLOCK_BYTES);
  }
}

/**
 * Bytes of an image that takes `packedBytes` in its registry. `reportedBytes`: what the runtime says to the kubelet, in `node.status.images`
 * and after a pull. containerd keeps both forms and reports the packed one; CRI-O keeps and reports the unpacked one.
 */
export function imageBytes(machine: SimMachine, packedBytes: number): { reportedBytes: number; diskBytes: number } {
  const unpackedBytes = Math.round(packedBytes * UNPACKED_RATIO);
  return machine.containerRuntime.startsWith("cri-o:")
    ? { reportedBytes: unpackedBytes, diskBytes: unpackedBytes }
    : { reportedBytes: packedBytes, diskBytes: packedBytes + unpackedBytes };
}
