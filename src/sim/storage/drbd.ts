/**
 * DRBD under LINSTOR, as Piraeus sets it up: a primary writes to all copies that it reaches, and only while it reaches most of those who have a vote; else its I/O is
 * suspended, so that no two sides ever write. A copy that was away catches up by itself once it reaches one that is up to date.
 */
import { type Copy, copyMs, earliest, isCurrent, isUsable, named, noteWritten, type Step, type StorageWorld, type VolumeState } from "./volume-copies.ts";

/** DRBD's net option `timeout`, 60 tenths of a second: so long a peer may leave a packet unanswered. */
export const PEER_TIMEOUT_MS = 6_000;

/** One copy where the first pod is, the others where most room is. */
export function placeDrbd(count: number, preferred: string | undefined, driver: string, world: StorageWorld): string[] {
  const hosts = world.hosts(driver);
  return [...hosts.filter((host) => host === preferred), ...hosts.filter((host) => host !== preferred)].slice(0, count);
}

/** Of the disks more than half, those that are lost included: what is gone still counts; of exactly half it is, where the one without data is there as well. */
export function hasQuorum({ copies, tiebreaker }: VolumeState, machine: string, world: StorageWorld): boolean {
  const there = copies.filter((copy) => world.reaches(machine, copy.machine)).length * 2;
  return there > copies.length || (there === copies.length && tiebreaker !== undefined && world.reaches(machine, tiebreaker));
}

/** Whether it could be made primary there: what Piraeus' HA controller calls promotable. */
export function mayPromote(volume: VolumeState, machine: string, world: StorageWorld): boolean {
  return world.isRunning(machine) && hasQuorum(volume, machine, world) && volume.copies.some((copy) => isCurrent(copy) && world.reaches(machine, copy.machine));
}

export function stepDrbd(volume: VolumeState, world: StorageWorld): Step {
  const node = volume.usedOn;
  // With an even number of copies a machine without data has a vote too, as soon as there is one (`auto-add-quorum-tiebreaker`).
  if (volume.copies.length > 0 && volume.copies.length % 2 === 0) volume.tiebreaker ??= world.hosts(volume.driver).find((host) => !volume.copies.some(({ machine }) => machine === host));
  let nextMs: number | undefined;
  if (volume.openOn !== undefined && (volume.openOn !== node || !world.isRunning(volume.openOn))) close(volume, world);
  if (volume.openOn !== undefined) nextMs = write(volume, world);
  else if (node === undefined || !world.isRunning(node)) volume.stopped = undefined;
  else if (mayPromote(volume, node, world)) {
    volume.openOn = node;
    // The others have long seen who is not there.
    for (const copy of volume.copies) if (!world.reaches(node, copy.machine)) fallBehind(copy, world.nowMs);
    nextMs = write(volume, world);
  } else volume.stopped = whyNot(volume, node, world);
  for (const copy of volume.copies) nextMs = earliest(nextMs, catchUp(copy, volume, world));
  return { nextMs };
}

function close(volume: VolumeState, world: StorageWorld): void {
  if (volume.stopped === undefined) noteWritten(volume, volume.openOn!, world);
  volume.openOn = undefined;
  volume.stopped = undefined;
  for (const copy of volume.copies) copy.silentMs = undefined;
}

function whyNot(volume: VolumeState, node: string, world: StorageWorld): string {
  const { claim, copies, tiebreaker } = volume;
  if (!hasQuorum(volume, node, world)) return `volume ${claim.name} has no quorum: ${named([...copies.map(({ machine }) => machine), ...(tiebreaker === undefined ? [] : [tiebreaker])].filter((voter) => !world.reaches(node, voter)))} out of reach`;
  const away = copies.filter((copy) => isCurrent(copy)).map(({ machine }) => machine);
  return away.length > 0 ? `volume ${claim.name} has no copy that is up to date: the one on ${named(away)} is out of reach` : `volume ${claim.name} has no copy that is up to date any more`;
}

function write(volume: VolumeState, world: StorageWorld): number | undefined {
  const { nowMs } = world;
  const primary = volume.openOn!;
  if (volume.stopped === undefined) noteWritten(volume, primary, world);
  // A vote without data that falls silent is waited for as well, but holds no write up.
  const peers = volume.copies.filter((copy) => copy.machine !== primary && isUsable(copy) && copy.droppedMs === undefined);
  for (const copy of peers) copy.silentMs = world.reaches(primary, copy.machine) ? undefined : copy.silentMs ?? nowMs;
  const silent = peers.filter(({ silentMs }) => silentMs !== undefined);
  const waiting = silent.filter(({ silentMs }) => nowMs < silentMs! + PEER_TIMEOUT_MS);
  if (waiting.length > 0) {
    volume.stopped = `volume ${volume.claim.name} waits for its copy on ${named(waiting.map(({ machine }) => machine))}`;
    return earliest(...waiting.map(({ silentMs }) => silentMs! + PEER_TIMEOUT_MS));
  }
  if (!mayPromote(volume, primary, world)) {
    volume.stopped = whyNot(volume, primary, world);
    return undefined;
  }
  volume.stopped = undefined;
  noteWritten(volume, primary, world);
  // Written on without them from now.
  for (const copy of volume.copies) if (!world.reaches(primary, copy.machine)) fallBehind(copy, nowMs);
  return undefined;
}

function fallBehind(copy: Copy, nowMs: number): void {
  copy.silentMs = undefined;
  copy.droppedMs ??= nowMs;
  copy.hasUntilMs ??= nowMs;
}

/** A resync starts wherever a copy that is behind reaches one that is not; while it runs the disk is Inconsistent. */
function catchUp(copy: Copy, { copies, sizeBytes }: VolumeState, world: StorageWorld): number | undefined {
  const { nowMs } = world;
  if (isCurrent(copy)) {
    copy.droppedMs = undefined;
    return undefined;
  }
  const hasSource = copies.some((other) => other !== copy && isCurrent(other) && world.reaches(copy.machine, other.machine));
  if (!hasSource) {
    copy.rebuiltAtMs = undefined;
    return undefined;
  }
  if (copy.rebuiltAtMs === undefined) {
    copy.rebuiltAtMs = nowMs + copyMs(sizeBytes, copy.isLost === undefined && copy.isIncomplete === undefined ? copy.hasUntilMs : undefined, nowMs);
    copy.isIncomplete = true;
    copy.isLost = undefined;
  } else if (nowMs >= copy.rebuiltAtMs) {
    Object.assign(copy, { rebuiltAtMs: undefined, isIncomplete: undefined, hasUntilMs: undefined, droppedMs: undefined });
    return undefined;
  }
  return copy.rebuiltAtMs;
}
