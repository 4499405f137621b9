/** A volume with its copies on machines that a test switches off, cuts off and empties; time passes only when it says so. No cluster. */
import { STORAGE_DRIVERS } from "../drivers.ts";
import { earliest, type StorageWorld, type VolumeState } from "../volume-copies.ts";

const GIB = 2 ** 30;
const START_MS = 1_000_000;

export class VolumeBench {
  readonly volume: VolumeState;
  readonly machines: readonly string[];
  /** How often its users had to be started anew. */
  remounts = 0;
  hasApi = true;
  monitors: string[] = [];
  readonly zones = new Map<string, string>();
  readonly busy = new Map<string, number>();
  readonly #off = new Set<string>();
  readonly #cut = new Set<string>();
  /** What the API still says otherwise: nodes turn after their grace. */
  readonly #notReady = new Set<string>();
  #nowMs = START_MS;
  #nextMs: number | undefined;

  constructor(driver: string, machines: readonly string[], wanted: number, copies: readonly string[] = machines.slice(0, wanted), sizeGib = 6) {
    this.machines = machines;
    this.volume = { name: "pv", driver, claim: { namespace: "default", name: "data" }, sizeBytes: sizeGib * GIB, wanted, copies: copies.map((machine) => ({ machine })), writtenMs: 0, seenMs: 0, lost: [] };
  }

  get world(): StorageWorld {
    const isRunning = (machine: string): boolean => !this.#off.has(machine);
    const isReachable = (machine: string): boolean => isRunning(machine) && !this.#cut.has(machine);
    return {
      nowMs: this.#nowMs,
      hasApi: this.hasApi,
      isRunning,
      reaches: (one, other) => (one === other ? isRunning(one) : isReachable(one) && isReachable(other)),
      isOnline: (machine) => isReachable(machine) && this.hasApi,
      isSeen: isReachable,
      isReady: (machine) => !this.#notReady.has(machine),
      hosts: () => this.machines.filter((machine) => !this.#notReady.has(machine)),
      zoneOf: (machine) => this.zones.get(machine) ?? "",
      monitors: () => this.monitors.map((machine) => ({ machine, isRunning: isRunning(machine) })),
      serves: () => true,
      rebuildsOn: (machine) => this.busy.get(machine) ?? 0,
    };
  }

  use(machine: string | undefined): this {
    this.volume.usedOn = machine;
    return this.look();
  }

  off(...machines: string[]): this {
    for (const machine of machines) this.#off.add(machine);
    return this.look();
  }

  cut(...machines: string[]): this {
    for (const machine of machines) this.#cut.add(machine);
    return this.look();
  }

  /** Declared lost by Kubernetes. */
  notReady(...machines: string[]): this {
    for (const machine of machines) this.#notReady.add(machine);
    return this.look();
  }

  back(...machines: string[]): this {
    for (const machine of machines) for (const set of [this.#off, this.#cut, this.#notReady]) set.delete(machine);
    return this.look();
  }

  empty(machine: string): this {
    for (const copy of this.volume.copies) if (copy.machine === machine) copy.isLost = true;
    return this.look();
  }

  run(seconds: number): this {
    const untilMs = this.#nowMs + seconds * 1000;
    while (this.#nextMs !== undefined && this.#nextMs <= untilMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#nextMs);
      this.look();
    }
    this.#nowMs = untilMs;
    return this.look();
  }

  look(): this {
    const { nextMs, mustRemount } = STORAGE_DRIVERS[this.volume.driver]!.step(this.volume, this.world);
    this.#nextMs = earliest(nextMs !== undefined && nextMs <= this.#nowMs ? this.#nowMs + 1 : nextMs);
    if (mustRemount !== true) return this;
    this.remounts++;
    this.volume.isBroken = undefined;
    return this.look();
  }

  /** Seconds since the bench began. */
  at(ms: number | undefined): number | undefined {
    return ms === undefined ? undefined : (ms - START_MS) / 1000;
  }

  /** By machine, as tests read best. */
  get copies(): Record<string, string> {
    const one = ({ hasUntilMs, isIncomplete, isLost, rebuiltAtMs, isReplaced }: VolumeState["copies"][number]): string => (isLost ? "lost" : rebuiltAtMs !== undefined && isIncomplete ? "filling" : isIncomplete ? "half" : isReplaced ? "replaced" : hasUntilMs === undefined ? "current" : `until ${this.at(hasUntilMs)}`);
    return Object.fromEntries(this.volume.copies.map((copy) => [copy.machine, one(copy)]));
  }
}
