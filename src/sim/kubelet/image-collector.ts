/**
 * Clears away images that nothing uses when the disk gets full (kubelet `images/image_gc_manager.go`). It knows an image only from the moment
 * it looked, every five minutes, and forgets all of it when the kubelet starts anew: that is upstream's.
 */
import type { Clock } from "../../ports/clock.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";
import type { KubeletSettings } from "./kubelet-settings.ts";
import type { MachineDisk } from "./machine-disk.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export interface CollectedNode {
  clock: Clock;
  images: ImageStore;
  disk: MachineDisk;
  settings: KubeletSettings;
  /** `v1.36.1+k3s1` */
  kubeletVersion: string;
  /** Full names of the images of all containers there are, those that ended included. */
  imagesInUse(): ReadonlySet<string>;
  /** An event about the node. */
  warn(reason: string, message: string): void;
  /** A timer that ends with the machine's power. */
  after(delayMs: number, fn: () => void): void;
  /** One for what changes nothing while nothing else changes. */
  upkeep(delayMs: number, fn: () => void): void;
  /** The list that the node's status tells changed. */
  onListed(): void;
}

interface ImageRecord {
  firstSeenMs: number;
  /** Undefined until it was seen in use. */
  lastUsedMs: number | undefined;
}

export class ImageCollector {
  readonly #node: CollectedNode;
  readonly #records = new Map<string, ImageRecord>();
  #hasFailed = false;
  #beganMs = 0;
  #isListDue = false;
  /** What the node's status tells: a copy that is refreshed every half minute. */
  listed: readonly StoredImage[] = [];

  constructor(node: CollectedNode) {
    this.#node = node;
  }

  /** The kubelet has started. */
  begin(): void {
    this.#records.clear();
    this.#hasFailed = false;
    this.#isListDue = false;
    this.#beganMs = this.#node.clock.now();
    this.listed = this.#node.images.images;
    this.#pass();
  }

  /** An image came or went. */
  imagesChanged(): void {
    if (this.#isListDue) return;
    this.#isListDue = true;
    const sinceMs = this.#node.clock.now() - this.#beganMs;
    const periodMs = KUBELET_TIMINGS.imageListMs;
    this.#node.after((Math.floor(sinceMs / periodMs) + 1) * periodMs - sinceMs, () => {
      this.#isListDue = false;
      this.listed = this.#node.images.images;
      this.#node.onListed();
    });
  }

  /** Removes every image that is not in use and old enough; for a node that is under pressure. */
  deleteUnused(): void {
    this.#free(Number.POSITIVE_INFINITY);
  }

  #pass(): void {
    if (this.#node.settings.imageGcHighPercent < 100) {
      const problem = this.#collect();
      // The first failure is only logged upstream: it may come from a machine that has just started.
      if (problem !== undefined && this.#hasFailed) this.#node.warn("ImageGCFailed", problem);
      this.#hasFailed = problem !== undefined;
    } else {
      this.#look();
    }
    this.#node.upkeep(KUBELET_TIMINGS.imageGcMs, () => this.#pass());
  }

  /** Frees down to the low threshold when the high one is reached; what is wrong when that cannot be done. */
  #collect(): string | undefined {
    const { disk, settings } = this.#node;
    this.#look();
    const { capacityBytes, availableBytes } = disk;
    const usedPercent = 100 - Math.trunc((availableBytes * 100) / capacityBytes);
    if (usedPercent < settings.imageGcHighPercent) return undefined;
    const wantedBytes = Math.trunc((capacityBytes * (100 - settings.imageGcLowPercent)) / 100) - availableBytes;
    const freedBytes = this.#free(wantedBytes);
    if (freedBytes >= wantedBytes) return undefined;
    const message = tooLittleFreed(this.#node.kubeletVersion, { usedPercent, capacityBytes, wantedBytes, freedBytes });
    this.#node.warn("FreeDiskSpaceFailed", message);
    return message;
  }

  /** Notes which images there are and which of them are in use now. */
  #look(): ReadonlySet<string> {
    const { images, clock } = this.#node;
    const nowMs = clock.now();
    const inUse = this.#node.imagesInUse();
    const present = new Set<string>();
    for (const { name } of images.images) {
      present.add(name);
      let record = this.#records.get(name);
      if (record === undefined) this.#records.set(name, (record = { firstSeenMs: nowMs, lastUsedMs: undefined }));
      if (inUse.has(name)) record.lastUsedMs = nowMs;
    }
    for (const name of [...this.#records.keys()]) if (!present.has(name)) this.#records.delete(name);
    return inUse;
  }

  /** Removes unused images, the longest unused first, until `wantedBytes` are free; how many bytes that made by the runtime's own figures. */
  #free(wantedBytes: number): number {
    const { images, settings, clock } = this.#node;
    const inUse = this.#look();
    const nowMs = clock.now();
    const candidates = images.images.filter(({ name, isPinned }) => !inUse.has(name) && !isPinned).map((image) => ({ image, record: this.#records.get(image.name)! }));
    candidates.sort((a, b) => (a.record.lastUsedMs ?? -1) - (b.record.lastUsedMs ?? -1) || a.record.firstSeenMs - b.record.firstSeenMs || (a.image.name < b.image.name ? -1 : 1));
    let freedBytes = 0;
    for (const { image, record } of candidates) {
      if (nowMs - record.firstSeenMs < settings.imageAgeMsMin) continue;
      images.remove(image.name);
      this.#records.delete(image.name);
      freedBytes += image.sizeBytes;
      if (freedBytes >= wantedBytes) break;
    }
    return freedBytes;
  }
}

interface Shortage {
  usedPercent: number;
  capacityBytes: number;
  wantedBytes: number;
  freedBytes: number;
}

/** First minor version (of 1.x) whose kubelet says it in the new words (kubernetes/kubernetes#132578, in the notes of 1.35). */
const NEW_WORDS_SINCE_MINOR = 35;

function tooLittleFreed(kubeletVersion: string, { usedPercent, capacityBytes, wantedBytes, freedBytes }: Shortage): string {
  const minor = Number(/^v1\.(\d+)/.exec(kubeletVersion)?.[1] ?? NEW_WORDS_SINCE_MINOR);
  return minor < NEW_WORDS_SINCE_MINOR
    ? `Failed to garbage collect required amount of images. Attempted to free ${wantedBytes} bytes, but only found ${freedBytes} bytes eligible to free.`
    : `Insufficient free disk space on the node's image filesystem (${usedPercent}% of ${sizeText(capacityBytes)} used). ` +
        `Failed to free sufficient space by deleting unused images (freed ${freedBytes} bytes). ` +
        "Investigate disk usage, as it could be used by active images, logs, volumes, or other data.";
}

/** Upstream's `formatSize`. */
function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${size.toFixed(1)} ${units[unit]}`;
}
