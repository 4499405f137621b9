/** The images on one machine and the one queue they are pulled through: one at a time, as kubelets do by default (`serializeImagePulls`). */
import { fnv32a } from "../../lib/fnv32.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SimMachine } from "../machine.ts";
import { imageFacts } from "./image-catalog.ts";
import { fullImageName } from "./image-name.ts";
import { imageBytes } from "./machine-disk.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export interface StoredImage {
  /** As the runtime names it: registry, repository, tag. */
  name: string;
  /** `repository@sha256:…` */
  reference: string;
  /** As the runtime reports it. */
  sizeBytes: number;
  /** What it takes of the disk. */
  diskBytes: number;
  /** Never cleared away: what every pod's sandbox is made of. */
  isPinned: boolean;
}

export interface PullResult {
  image?: StoredImage;
  /** What the runtime says when it could not. */
  error?: string;
  /** From the turn in the queue, and from the request. */
  pullMs: number;
  totalMs: number;
}

/** What stands between a machine and the registries. A text is the error the runtime reports; undefined lets the pull through. */
export type RegistryGate = (image: string) => string | undefined;

interface PullRequest {
  image: string;
  requestedMs: number;
  done(result: PullResult): void;
}

export class ImageStore {
  readonly #clock: Clock;
  readonly #machine: SimMachine;
  readonly #images = new Map<string, StoredImage>();
  readonly #queue: PullRequest[] = [];
  #diskBytes = 0;
  #cancelPull: (() => void) | undefined;
  /** How many times as long as it should a pull takes that begins now. */
  slowness = 1;
  /** Asked at the end of each pull. */
  gate: RegistryGate = () => undefined;
  /** Bytes that the disk still takes. */
  roomBytes: () => number = () => Number.POSITIVE_INFINITY;
  /** Called when an image came or went. */
  onChange: () => void = () => undefined;

  constructor(machine: SimMachine, clock: Clock) {
    this.#machine = machine;
    this.#clock = clock;
  }

  get(image: string): StoredImage | undefined {
    return this.#images.get(fullImageName(image));
  }

  get images(): readonly StoredImage[] {
    return [...this.#images.values()];
  }

  /** What all of them take of the disk; layers that images share are not known here and count for each. */
  get diskBytes(): number {
    return this.#diskBytes;
  }

  /** Puts an image there without a pull: what was loaded before the cluster started. */
  add(image: string): StoredImage {
    const name = fullImageName(image);
    const known = this.#images.get(name);
    if (known !== undefined) return known;
    const { reportedBytes, diskBytes } = imageBytes(this.#machine, imageFacts(image).sizeBytes);
    const stored = { name, reference: `${repository(name)}@${digest(name)}`, sizeBytes: reportedBytes, diskBytes, isPinned: /\/(mirrored-)?pause$/.test(repository(name)) };
    this.#images.set(name, stored);
    this.#diskBytes += diskBytes;
    this.onChange();
    return stored;
  }

  remove(name: string): void {
    const image = this.#images.get(fullImageName(name));
    if (image === undefined) return;
    this.#images.delete(image.name);
    this.#diskBytes -= image.diskBytes;
    this.onChange();
  }

  pull(image: string, done: (result: PullResult) => void): void {
    this.#queue.push({ image, requestedMs: this.#clock.now(), done });
    if (this.#queue.length === 1) this.#next();
  }

  /** The power is gone: nobody waits any more. */
  abort(): void {
    this.#cancelPull?.();
    this.#queue.length = 0;
  }

  #next(): void {
    const request = this.#queue[0];
    if (request === undefined) return;
    const startedMs = this.#clock.now();
    const { sizeBytes } = imageFacts(request.image);
    const { pullBytesPerSecond } = this.#machine;
    // A machine without a limit pulls in no time: proofs that are not about images use that.
    const isUnlimited = !Number.isFinite(pullBytesPerSecond) || pullBytesPerSecond <= 0;
    const isCached = this.get(request.image) !== undefined;
    const durationMs = isUnlimited ? 0 : KUBELET_TIMINGS.pullLatencyMs + (isCached ? 0 : Math.ceil((sizeBytes / pullBytesPerSecond) * 1000) * this.slowness);
    this.#cancelPull = this.#clock.after(durationMs, () => {
      this.#cancelPull = undefined;
      this.#queue.shift();
      const error = this.gate(request.image) ?? (isCached ? undefined : this.#noRoom(request.image, sizeBytes));
      const nowMs = this.#clock.now();
      const times = { pullMs: nowMs - startedMs, totalMs: nowMs - request.requestedMs };
      request.done(error === undefined ? { image: this.add(request.image), ...times } : { error, ...times });
      this.#next();
    });
  }

  /** The runtime's words when the disk is too small for what it downloads and unpacks. */
  #noRoom(image: string, packedBytes: number): string | undefined {
    if (imageBytes(this.#machine, packedBytes).diskBytes <= this.roomBytes()) return undefined;
    const name = fullImageName(image);
    return `failed to pull and unpack image "${name}": failed to extract layer ${digest(name)}: write ${UNPACK_DIRECTORY}: no space left on device`;
  }
}

/** Where containerd unpacks layers. */
const UNPACK_DIRECTORY = "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots";

function repository(name: string): string {
  return name.split("@")[0]!.replace(/:[^/:]*$/, "");
}

/** Names are few, and every cluster that goes on from another has the same images on each of its machines. */
const digests = new Map<string, string>();
const DIGESTS_COUNT_MAX = 1_000;

/** A digest that belongs to the name: the same image has the same one on every machine. */
function digest(name: string): string {
  let known = digests.get(name);
  if (known === undefined) {
    if (digests.size >= DIGESTS_COUNT_MAX) digests.clear();
    digests.set(name, (known = newDigest(name)));
  }
  return known;
}

function newDigest(name: string): string {
  const given = /@(sha256:[0-9a-f]{64})$/.exec(name)?.[1];
  if (given !== undefined) return given;
  let hex = "";
  for (let i = 0; i < 8; i++) hex += fnv32a(`${i}/${name}`).toString(16).padStart(8, "0");
  return `sha256:${hex}`;
}
