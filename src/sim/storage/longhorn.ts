/**
 * Longhorn: an engine on the machine that has the volume writes to all of its replicas at once. There is no quorum: one replica is enough, those that do not answer
 * are given up. What the control plane does about it follows longhorn-manager v1.11 (`volume_controller.go`, `replica_scheduler.go`).
 */
import { type Copy, copyMs, earliest, isUsable, named, noteWritten, type Step, type StorageWorld, type VolumeState } from "./volume-copies.ts";

/** `engine-replica-timeout`: so long an engine waits for a replica before it gives it up; all I/O waits with it. */
export const REPLICA_TIMEOUT_MS = 8_000;
/** `replica-replenishment-wait-interval`: so long a replica that failed may come back before another is made instead. */
export const REPLENISHMENT_WAIT_MS = 600_000;
/** `concurrent-replica-rebuild-per-node-limit`. */
export const REBUILDS_PER_NODE_MAX = 5;
/** `AutoSalvageTimeLimit`: of replicas that all failed, those are taken again that failed within so long before the last. */
export const AUTO_SALVAGE_MS = 60_000;
/** `staleReplicaTimeout` of the StorageClass, in minutes: a replica that failed is removed after so long. */
export const STALE_REPLICA_MS = 30 * 60_000;

/** What the engine writes to. */
const isWritten = (copy: Copy): boolean => isUsable(copy) && copy.droppedMs === undefined && copy.failedMs === undefined;

/** What the control plane counts on: of a disk that is gone it learns from the engine. */
const isCounted = (copy: Copy): boolean => isWritten(copy) || (copy.isLost === true && copy.droppedMs === undefined && copy.failedMs === undefined);

/** Never two on a node (`replica-soft-anti-affinity` is false), in other zones where there are some (`replica-zone-soft-anti-affinity` is true), then where most room is. */
export function placeLonghorn(count: number, taken: readonly string[], driver: string, world: StorageWorld): string[] {
  const chosen: string[] = [];
  while (chosen.length < count) {
    const zones = new Set([...taken, ...chosen].map((machine) => world.zoneOf(machine)));
    const free = world.hosts(driver).filter((host) => !taken.includes(host) && !chosen.includes(host));
    const next = free.find((host) => !zones.has(world.zoneOf(host))) ?? free[0];
    if (next === undefined) break;
    chosen.push(next);
  }
  return chosen;
}

export function stepLonghorn(volume: VolumeState, world: StorageWorld): Step {
  let mustRemount = false;
  if (volume.openOn !== undefined && !isEngineThere(volume, world)) close(volume, world);
  let nextMs = volume.openOn === undefined ? undefined : write(volume, world);
  if (volume.openOn === undefined) {
    const isOpened = open(volume, world);
    // `auto-delete-pod-when-volume-detached-unexpectedly` is true.
    mustRemount = isOpened && volume.isBroken === true;
  }
  if (volume.openOn !== undefined) nextMs = earliest(nextMs, rebuild(volume, world));
  else for (const copy of volume.copies) endRebuild(copy, world.nowMs);
  return { nextMs, ...(mustRemount ? { mustRemount } : {}) };
}

/** It runs on while its machine does: taken away from there, it ends once the machine hears of it. */
function isEngineThere({ openOn, usedOn }: VolumeState, world: StorageWorld): boolean {
  return world.isRunning(openOn!) && (usedOn === openOn || (usedOn === undefined && !world.isOnline(openOn!)));
}

function close(volume: VolumeState, world: StorageWorld): void {
  // Written until now, unless it had stopped.
  if (volume.stopped === undefined) noteWritten(volume, volume.openOn!, world);
  volume.openOn = undefined;
  volume.stopped = undefined;
  for (const copy of volume.copies) {
    copy.silentMs = undefined;
    endRebuild(copy, world.nowMs);
  }
}

/** One that is half filled when its volume goes, or its machine, must be filled again. */
function endRebuild(copy: Copy, nowMs: number): void {
  if (copy.rebuiltAtMs === undefined) return;
  copy.rebuiltAtMs = undefined;
  copy.failedMs = nowMs;
}

/** What the engine does by itself, whether or not the API answers. When it looks again. */
function write(volume: VolumeState, world: StorageWorld): number | undefined {
  const { nowMs } = world;
  const engine = volume.openOn!;
  const written = volume.copies.filter(isCounted);
  if (volume.stopped === undefined) noteWritten(volume, engine, world);
  const silent: Copy[] = [];
  for (const copy of written) {
    if (world.reaches(engine, copy.machine) && copy.isLost === undefined) copy.silentMs = undefined;
    else {
      copy.silentMs ??= nowMs;
      silent.push(copy);
    }
  }
  const given = silent.filter(({ silentMs }) => nowMs >= silentMs! + REPLICA_TIMEOUT_MS);
  const isDead = given.length === written.length;
  for (const copy of given) {
    copy.silentMs = undefined;
    copy.droppedMs = nowMs;
    // What all have lost is nothing that one lacks.
    if (!isDead) copy.hasUntilMs = nowMs;
  }
  const waiting = silent.filter((copy) => !given.includes(copy));
  volume.stopped = isDead || waiting.length === 0 ? undefined : `volume ${volume.claim.name} waits for its copy on ${named(waiting.map(({ machine }) => machine))}`;
  if (volume.isBroken === true) volume.stopped ??= lostMount(volume);
  record(volume, world);
  if (isDead) {
    volume.openOn = undefined;
    volume.isBroken = true;
    volume.stopped = faulted(volume);
  }
  return earliest(...waiting.map(({ silentMs }) => silentMs! + REPLICA_TIMEOUT_MS));
}

/** What failed is known to the control plane once the engine's machine reaches the API. */
function record(volume: VolumeState, world: StorageWorld): void {
  if (!world.hasApi || !world.isOnline(volume.openOn!)) return;
  for (const copy of volume.copies) if (copy.droppedMs !== undefined) copy.failedMs ??= copy.droppedMs;
}

const faulted = ({ claim, copies }: VolumeState): string => `volume ${claim.name} is faulted: no copy that can be used answers (${named(copies.map(({ machine }) => machine)) || "none is left"})`;

/** Until what had it mounted is started anew. */
const lostMount = ({ claim }: VolumeState): string => `volume ${claim.name} is back, but what had mounted it has lost it`;

/** Starts an engine where the volume is to be used; whether one runs now. */
function open(volume: VolumeState, world: StorageWorld): boolean {
  const { nowMs } = world;
  const node = volume.usedOn;
  if (node === undefined || !world.isRunning(node)) {
    volume.stopped = undefined;
    volume.isBroken = undefined;
    return false;
  }
  const isAnyThere = volume.copies.some((copy) => isUsable(copy) && world.reaches(node, copy.machine));
  volume.stopped = isAnyThere ? `volume ${volume.claim.name} is not open yet` : faulted(volume);
  if (!world.hasApi || !world.isOnline(node) || !world.isReady(node)) return false;
  const usable = startable(volume, node, world);
  if (usable.length === 0) return false;
  const newestMs = Math.max(...usable.map(({ hasUntilMs }) => hasUntilMs ?? Number.POSITIVE_INFINITY));
  if (newestMs < volume.writtenMs) volume.lost.push({ fromMs: newestMs, toMs: volume.writtenMs, seenToMs: volume.seenMs, why: whyLost(volume, usable) });
  for (const copy of volume.copies) {
    copy.silentMs = undefined;
    if (usable.includes(copy) && (copy.hasUntilMs ?? Number.POSITIVE_INFINITY) === newestMs) {
      Object.assign(copy, { failedMs: undefined, droppedMs: undefined, hasUntilMs: undefined });
      continue;
    }
    copy.failedMs ??= nowMs;
    // Whatever it has beyond that, nobody reads any more.
    copy.hasUntilMs = Math.min(copy.hasUntilMs ?? Number.POSITIVE_INFINITY, newestMs, nowMs);
  }
  volume.openOn = node;
  volume.stopped = volume.isBroken === true ? lostMount(volume) : undefined;
  noteWritten(volume, node, world);
  return true;
}

/** Replicas to start the engine with: those that nobody knows to have failed; where all have, those that are salvaged. None while one is waited for. */
function startable({ copies }: VolumeState, node: string, world: StorageWorld): Copy[] {
  const known = copies.filter((copy) => copy.failedMs === undefined && copy.isIncomplete === undefined);
  for (const copy of known) {
    if (copy.isLost === undefined && world.reaches(node, copy.machine)) continue;
    // Not there, but not known to be away: its process is waited for.
    if (copy.isLost === undefined && world.isReady(copy.machine)) return [];
    copy.failedMs = world.nowMs;
  }
  const healthy = known.filter(({ failedMs }) => failedMs === undefined);
  return healthy.length > 0 ? healthy : salvageable(copies, node, world);
}

/** Replicas on nodes that are not down, and of these the ones that failed last (`auto-salvage` is true). One on a node that is down is not asked for what it has. */
function salvageable(copies: readonly Copy[], node: string, world: StorageWorld): Copy[] {
  const there = copies.filter((copy) => isUsable(copy) && copy.failedMs !== undefined && world.isReady(copy.machine) && world.reaches(node, copy.machine));
  const lastMs = Math.max(...there.map(({ failedMs }) => failedMs!));
  return there.filter(({ failedMs }) => lastMs - failedMs! <= AUTO_SALVAGE_MS);
}

function whyLost({ copies }: VolumeState, usable: readonly Copy[]): string {
  const newer = named(copies.filter((copy) => !usable.includes(copy) && isUsable(copy) && copy.hasUntilMs === undefined).map(({ machine }) => machine));
  return `Longhorn went on with the copy on ${named(usable.map(({ machine }) => machine))}, which was behind${newer === "" ? "" : `, while the one on ${newer} was out of reach`}`;
}

/** Lets replicas come back, or makes others; when it looks again. */
function rebuild(volume: VolumeState, world: StorageWorld): number | undefined {
  const { nowMs } = world;
  const engine = volume.openOn!;
  for (const copy of volume.copies) {
    if (copy.rebuiltAtMs === undefined) continue;
    if (copy.isLost !== undefined || !world.reaches(engine, copy.machine)) endRebuild(copy, nowMs);
    else if (nowMs >= copy.rebuiltAtMs) Object.assign(copy, { rebuiltAtMs: undefined, isIncomplete: undefined, hasUntilMs: undefined, droppedMs: undefined, failedMs: undefined });
  }
  const healthy = volume.copies.filter(isCounted);
  if (healthy.length >= volume.wanted) return dropStale(volume, nowMs);
  volume.degradedMs ??= nowMs;
  const running = volume.copies.find(({ rebuiltAtMs }) => rebuiltAtMs !== undefined);
  if (running !== undefined) return running.rebuiltAtMs;
  if (!world.hasApi || !world.isOnline(engine)) return undefined;
  const failed = volume.copies.filter(({ failedMs }) => failedMs !== undefined).toSorted((a, b) => b.failedMs! - a.failedMs!);
  const mayFill = (machine: string): boolean => world.reaches(engine, machine) && world.rebuildsOn(machine) < REBUILDS_PER_NODE_MAX;
  const back = failed.find(({ machine, isLost }) => isLost === undefined && world.isReady(machine) && mayFill(machine));
  if (back !== undefined) return fill(back, back.isIncomplete === undefined ? back.hasUntilMs : undefined, volume, nowMs);
  const place = placeLonghorn(volume.wanted, healthy.map(({ machine }) => machine), volume.driver, world).find(mayFill);
  // One that could come back is waited for, from when the first went.
  const atMs = failed.length > 0 ? volume.degradedMs + REPLENISHMENT_WAIT_MS : nowMs;
  if (nowMs < atMs) return atMs;
  if (place === undefined) return undefined;
  const made: Copy = { machine: place };
  volume.copies = [...volume.copies.filter(({ machine }) => machine !== place), made];
  return fill(made, undefined, volume, nowMs);
}

/** With all copies there, those that failed are kept until they are stale. */
function dropStale(volume: VolumeState, nowMs: number): number | undefined {
  volume.degradedMs = undefined;
  const untilMs = (copy: Copy): number => (isCounted(copy) ? Number.POSITIVE_INFINITY : (copy.failedMs ?? nowMs) + STALE_REPLICA_MS);
  volume.copies = volume.copies.filter((copy) => nowMs < untilMs(copy));
  const nextMs = Math.min(...volume.copies.map(untilMs));
  return Number.isFinite(nextMs) ? nextMs : undefined;
}

function fill(copy: Copy, hasUntilMs: number | undefined, { sizeBytes }: VolumeState, nowMs: number): number {
  const rebuiltAtMs = nowMs + copyMs(sizeBytes, hasUntilMs, nowMs);
  Object.assign(copy, { rebuiltAtMs, isIncomplete: true, failedMs: undefined, droppedMs: undefined, silentMs: undefined });
  return rebuiltAtMs;
}
