/**
 * Watches what the machine has left of memory and disk, and evicts pods one by one where nothing else helps (kubelet
 * `eviction/eviction_manager.go`). It looks every ten seconds. Inodes and process ids are not counted, soft thresholds not known.
 */
import type { Clock } from "../../ports/clock.ts";
import { isEvictable, localStorageProblem, type Shortage, type StarvedResource, victimOf } from "./eviction.ts";
import { type EvictionThreshold, type KubeletSettings, thresholdBytes } from "./kubelet-settings.ts";
import type { MachineDisk } from "./machine-disk.ts";
import type { PodWorker } from "./pod-worker.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export type Pressure = "memory" | "disk";

type Signal = keyof KubeletSettings["evictionHard"];

export interface EvictingNode {
  clock: Clock;
  /** Of the machine, and what pods and system leave of it. */
  memoryBytes: number;
  memoryAvailableBytes(): number;
  disk: MachineDisk;
  settings: KubeletSettings;
  workers(): readonly PodWorker[];
  deleteUnusedImages(): void;
  /** An event about the node. */
  warn(reason: string, message: string): void;
  podEvent(worker: PodWorker, reason: string, message: string): void;
  /** A timer that ends with the machine's power. */
  after(delayMs: number, fn: () => void): void;
  /** One for what changes nothing while nothing else changes. */
  upkeep(delayMs: number, fn: () => void): void;
  /** A pressure began or ended. */
  onPressure(): void;
}

const SIGNALS: readonly Signal[] = ["memory", "nodefs", "imagefs"];
const PRESSURE_OF: Readonly<Record<Signal, Pressure>> = { memory: "memory", nodefs: "disk", imagefs: "disk" };
const RESOURCE_OF: Readonly<Record<Pressure, StarvedResource>> = { memory: "memory", disk: "ephemeral-storage" };

export class EvictionManager {
  readonly #node: EvictingNode;
  /** Signals under their threshold at the last look. */
  #met = new Set<Signal>();
  /** When each pressure was last seen. */
  readonly #seenMs = new Map<Pressure, number>();
  #isRunning = false;

  constructor(node: EvictingNode) {
    this.#node = node;
  }

  /** The kubelet has started. */
  begin(): void {
    this.end();
    this.#isRunning = true;
    this.#pass();
  }

  /** The power is gone. */
  end(): void {
    this.#met = new Set();
    this.#seenMs.clear();
    this.#isRunning = false;
  }

  /** What the node tells; for five minutes after it ended too. */
  isUnder(pressure: Pressure): boolean {
    return this.#seenMs.has(pressure);
  }

  /** Memory was taken at once: the kernel tells the kubelet (`memoryThresholdNotifier`). */
  memoryTaken(): void {
    if (this.#isRunning && this.#signalsMet(() => false).has("memory")) this.#look();
  }

  #pass(): void {
    this.#look();
    // A pressure ends by its age.
    this.#node[this.#seenMs.size > 0 ? "after" : "upkeep"](KUBELET_TIMINGS.evictionPeriodMs, () => this.#pass());
  }

  #look(): void {
    const met = this.#signalsMet((signal) => this.#met.has(signal));
    this.#met = met;
    this.#notePressures(met);
    if (this.#evictOverLimits()) return;
    const [signal] = met;
    if (signal === undefined) return;
    const shortage = this.#shortageOf(signal);
    this.#node.warn("EvictionThresholdMet", `Attempting to reclaim ${shortage.resource}`);
    if (PRESSURE_OF[signal] === "disk") {
      this.#node.deleteUnusedImages();
      if (this.#signalsMet(() => true).size === 0) return;
    }
    const found = victimOf(shortage, this.#node.workers());
    if (found !== undefined) this.#evict(found.victim, found.message, true);
  }

  /** Those whose threshold is crossed; with the minimum reclaim on top where asked. */
  #signalsMet(mustReclaim: (signal: Signal) => boolean): Set<Signal> {
    const { evictionHard } = this.#node.settings;
    const met = new Set<Signal>();
    // Both of the disk's signals are of one disk, whose files are all counted for it.
    let diskBytes: number | undefined;
    for (const signal of SIGNALS) {
      const threshold = evictionHard[signal];
      if (threshold === undefined) continue;
      const availableBytes = signal === "memory" ? this.#availableBytes(signal) : (diskBytes ??= this.#availableBytes(signal));
      if (availableBytes < this.#wantedBytes(signal, threshold, mustReclaim(signal))) met.add(signal);
    }
    return met;
  }

  #capacityBytes(signal: Signal): number {
    return signal === "memory" ? this.#node.memoryBytes : this.#node.disk.capacityBytes;
  }

  #availableBytes(signal: Signal): number {
    return signal === "memory" ? this.#node.memoryAvailableBytes() : this.#node.disk.availableBytes;
  }

  #wantedBytes(signal: Signal, { value, minimumReclaim }: EvictionThreshold, isReclaiming: boolean): number {
    const capacityBytes = this.#capacityBytes(signal);
    return thresholdBytes(value, capacityBytes) + (isReclaiming ? thresholdBytes(minimumReclaim, capacityBytes) : 0);
  }

  #shortageOf(signal: Signal): Shortage {
    return {
      resource: RESOURCE_OF[PRESSURE_OF[signal]],
      thresholdBytes: thresholdBytes(this.#node.settings.evictionHard[signal]!.value, this.#capacityBytes(signal)),
      availableBytes: this.#availableBytes(signal),
    };
  }

  #notePressures(met: ReadonlySet<Signal>): void {
    const nowMs = this.#node.clock.now();
    let hasTurned = false;
    for (const signal of met) {
      const pressure = PRESSURE_OF[signal];
      hasTurned ||= !this.#seenMs.has(pressure);
      this.#seenMs.set(pressure, nowMs);
    }
    for (const [pressure, seenMs] of [...this.#seenMs]) {
      if (nowMs - seenMs < KUBELET_TIMINGS.pressureTransitionMs) continue;
      this.#seenMs.delete(pressure);
      hasTurned = true;
    }
    if (hasTurned) this.#node.onPressure();
  }

  /** Pods over their own limits go first; nothing else is done in the same look. */
  #evictOverLimits(): boolean {
    let hasEvicted = false;
    for (const worker of this.#node.workers()) {
      const problem = localStorageProblem(worker);
      if (problem === undefined || !isEvictable(worker)) continue;
      this.#evict(worker, problem, false);
      hasEvicted = true;
    }
    return hasEvicted;
  }

  #evict(worker: PodWorker, message: string, isForNode: boolean): void {
    this.#node.podEvent(worker, "Evicted", message);
    worker.fail("Evicted", message, { graceSeconds: 0, isDisruption: isForNode });
  }
}
