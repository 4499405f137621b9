/**
 * The copies of a replicated volume: on which machine's disk each is, and how much of what was written it has. Whoever follows a kind of storage (Longhorn, DRBD,
 * Ceph) moves these along; nothing here knows what any of them would do.
 */

/** One copy on one machine's disk. Of Ceph: all placement groups' copies on one host. */
export interface Copy {
  readonly machine: string;
  /** It has all that was acknowledged until then; undefined: it has all. */
  hasUntilMs?: number | undefined;
  /** Since when it does not answer whoever writes, who still waits for it. */
  silentMs?: number | undefined;
  /** Since when nobody writes to it: its writer gave it up (Longhorn: mode ERR; DRBD: not connected; Ceph: down). */
  droppedMs?: number | undefined;
  /** Longhorn's `spec.failedAt`: since when its control plane knows that it failed. */
  failedMs?: number | undefined;
  /** What is on the disk is no whole volume: it is being filled, or was when that ended. */
  isIncomplete?: true | undefined;
  /** When it will be whole and up to date again. */
  rebuiltAtMs?: number | undefined;
  /** Its disk is gone. */
  isLost?: true | undefined;
  /** Of Ceph: its program ended, and comes back by way of the monitors only. */
  mustJoin?: true | undefined;
  /** Of Ceph: marked out, so that others take over what it had; and whether they have. */
  isOut?: true | undefined;
  isReplaced?: true | undefined;
}

/** Writes that were acknowledged and that nobody has any more. */
export interface LostWrites {
  readonly fromMs: number;
  readonly toMs: number;
  /** Until when people could reach whoever wrote; what it wrote beyond that, nobody has seen. */
  readonly seenToMs: number;
  readonly why: string;
}

/** Plain data: another cluster goes on with it. */
export interface VolumeState {
  /** Of its PersistentVolume. */
  readonly name: string;
  readonly driver: string;
  readonly claim: { readonly namespace: string; readonly name: string };
  readonly sizeBytes: number;
  /** Copies that there should be. */
  readonly wanted: number;
  copies: Copy[];
  /** Of DRBD: who has a vote and no data. */
  tiebreaker?: string | undefined;
  /** The machine it is attached to, or is to be. */
  usedOn?: string | undefined;
  /** The machine whose program writes to it: Longhorn's engine, DRBD's primary, Ceph's client. */
  openOn?: string | undefined;
  /** Why nothing can be read or written on the machine that has it; undefined: all is well, or nobody has it. */
  stopped?: string | undefined;
  /** It went away under programs that run on. */
  isBroken?: true | undefined;
  /** Since when copies are missing. */
  degradedMs?: number | undefined;
  /** Until when writes were acknowledged, and until when people reached whoever made them. */
  writtenMs: number;
  seenMs: number;
  lost: LostWrites[];
}

/** What storage sees of the cluster. */
export interface StorageWorld {
  readonly nowMs: number;
  /** Whether the API can be read and written at all. */
  readonly hasApi: boolean;
  isRunning(machine: string): boolean;
  /** Both run, and the network is whole between them. */
  reaches(one: string, other: string): boolean;
  /** It runs and hears the API. */
  isOnline(machine: string): boolean;
  /** People reach it. */
  isSeen(machine: string): boolean;
  /** What the API says of its node. */
  isReady(machine: string): boolean;
  /** Where copies may be put, those with most room first. */
  hosts(driver: string): readonly string[];
  /** The zone of its node; "" where it has none. */
  zoneOf(machine: string): string;
  /** Monitors of Ceph; empty where the cluster shows none. */
  monitors(): readonly { readonly machine: string; readonly isRunning: boolean }[];
  /** Whether the program that serves copies runs on a machine; where the cluster shows none, it is taken as running. */
  serves(driver: string, machine: string): boolean;
  /** Copies that are being filled on a machine, of all volumes. */
  rebuildsOn(machine: string): number;
}

/** What came of a look at a volume. */
export interface Step {
  /** When to look again, though nothing else happened; undefined: never. */
  nextMs: number | undefined;
  /** Programs that have it must be started anew, as it went away under them. */
  mustRemount?: true;
}

/** What was written until now was acknowledged. */
export function noteWritten(volume: VolumeState, machine: string, { nowMs, isSeen }: StorageWorld): void {
  volume.writtenMs = nowMs;
  if (isSeen(machine)) volume.seenMs = nowMs;
}

/** What one machine sends another of a volume: about half of a gigabit line, as others want to use it too. */
export const COPY_BYTES_PER_SECOND = 60 * 1024 * 1024;
/** What is written to a volume, for how much a copy that was away has to catch up with. */
export const WRITTEN_BYTES_PER_SECOND = 1024 * 1024;
/** However little there is to copy, its ends must be found and its bookkeeping written. */
const COPY_MS_MIN = 10_000;

/** How long it takes to fill an empty copy, or to bring one up to date that has all until `hasUntilMs`. */
export function copyMs(sizeBytes: number, hasUntilMs: number | undefined, nowMs: number): number {
  const bytes = hasUntilMs === undefined ? sizeBytes : Math.min(sizeBytes, ((nowMs - hasUntilMs) / 1000) * WRITTEN_BYTES_PER_SECOND);
  return Math.max(COPY_MS_MIN, Math.ceil((bytes / COPY_BYTES_PER_SECOND) * 1000));
}

/** A whole volume, as of some time. */
export const isUsable = (copy: Copy): boolean => copy.isLost === undefined && copy.isIncomplete === undefined;
/** It has all that was acknowledged. */
export const isCurrent = (copy: Copy): boolean => isUsable(copy) && copy.hasUntilMs === undefined;

export const earliest = (...times: (number | undefined)[]): number | undefined => times.reduce((a, b) => (a === undefined ? b : b === undefined ? a : Math.min(a, b)), undefined);

/** `w1`, `w1 and w2`, `w1, w2 and w3` */
export function named(machines: readonly string[]): string {
  const sorted = [...machines].sort();
  return sorted.length < 2 ? (sorted[0] ?? "") : `${sorted.slice(0, -1).join(", ")} and ${sorted.at(-1)!}`;
}
