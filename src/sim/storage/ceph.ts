/**
 * Ceph under Rook: a volume's data is spread over the placement groups of its pool, each on as many hosts as the pool has copies (failure domain host). Every set of
 * so many hosts has some group, so that the worst group loses a copy with each host that is lost. A group takes no I/O with fewer copies than min_size; monitors decide
 * which stores are down or out, by majority (Ceph: `OSDMonitor.cc`, `mon.yaml.in`, `osd.yaml.in`).
 */
import { type Copy, copyMs, earliest, isCurrent, isUsable, named, noteWritten, type Step, type StorageWorld, type VolumeState } from "./volume-copies.ts";

/** `osd_heartbeat_grace`, and the `osd_heartbeat_interval` before which the last heartbeat may have been. */
export const HEARTBEAT_GRACE_MS = 20_000;
export const HEARTBEAT_INTERVAL_MS = 6_000;
/** `mon_osd_min_down_reporters`: so many stores on different hosts must say that one is down, */
export const DOWN_REPORTERS_MIN = 2;
/** or the monitors have not heard of it for so long (`mon_osd_report_timeout`). */
export const REPORT_TIMEOUT_MS = 900_000;
/** `mon_osd_down_out_interval`: from down to out, when others take over what it had. */
export const DOWN_OUT_MS = 600_000;
/** `mon_osd_min_in_ratio`: with fewer than this share of all stores still in, no further one is marked out. Asked before one is (`OSDMonitor::can_mark_out`), so that of three the first still goes. */
export const IN_RATIO_MIN = 0.75;

/** `osd_pool_default_min_size` is 0, which stands for: size less half of it. */
export const minSizeOf = (size: number): number => size - Math.floor(size / 2);

/** A host with a monitor that reaches most of them; undefined: there is no majority. */
export function leaderOf({ monitors: seen, reaches }: StorageWorld): string | undefined {
  const monitors = seen();
  const running = monitors.filter(({ isRunning }) => isRunning);
  return running.find((one) => running.filter((other) => reaches(one.machine, other.machine)).length * 2 > monitors.length)?.machine;
}

/** Copies that the worst group has on hosts that fit. */
function worst({ copies, wanted }: VolumeState, fits: (copy: Copy) => boolean): number {
  const missing = copies.filter((copy) => copy.isReplaced === undefined && !fits(copy)).length;
  return Math.max(0, Math.min(wanted, copies.length) - missing);
}

const isThere = (copy: Copy): boolean => copy.isLost === undefined && copy.droppedMs === undefined;

export function stepCeph(volume: VolumeState, world: StorageWorld): Step {
  const { nowMs } = world;
  const leader = leaderOf(world);
  const hasMonitors = leader !== undefined || world.monitors().length === 0;
  // Without monitors nobody is called up or down: what its client reaches answers it.
  const from = leader ?? volume.usedOn;
  const isUp = ({ machine }: Copy): boolean => (from === undefined ? world.isRunning(machine) : world.reaches(from, machine)) && world.serves(volume.driver, machine);
  if (volume.openOn !== undefined && volume.stopped === undefined) noteWritten(volume, volume.openOn, world);
  if (volume.openOn !== undefined && (volume.openOn !== volume.usedOn || !world.isRunning(volume.openOn))) volume.openOn = undefined;
  let nextMs: number | undefined;
  for (const copy of volume.copies) {
    if (!world.isRunning(copy.machine) || !world.serves(volume.driver, copy.machine)) copy.mustJoin = true;
    const isBack = isUp(copy) && (hasMonitors || copy.mustJoin === undefined);
    nextMs = earliest(nextMs, isBack ? back(copy, volume, nowMs) : away(copy, volume, { isUp, hasMonitors }, nowMs));
  }
  const node = volume.usedOn;
  if (node === undefined || !world.isRunning(node)) {
    volume.stopped = undefined;
    return { nextMs };
  }
  volume.stopped = whyStopped(volume, node, leader, world);
  // A client that is new needs the monitors' map; one that has it goes on without them.
  if (volume.openOn === undefined && !hasMonitors) volume.stopped ??= `volume ${volume.claim.name} cannot be opened: most of Ceph's monitors are away`;
  if (volume.stopped !== undefined) return { nextMs };
  volume.openOn = node;
  noteWritten(volume, node, world);
  for (const copy of volume.copies) if (!isThere(copy) && copy.isReplaced === undefined) copy.hasUntilMs ??= nowMs;
  return { nextMs };
}

function whyStopped(volume: VolumeState, node: string, leader: string | undefined, world: StorageWorld): string | undefined {
  const name = `volume ${volume.claim.name}`;
  if (leader !== undefined && !world.reaches(node, leader)) return `${name} is out of reach of Ceph`;
  const silent = volume.copies.filter(({ silentMs }) => silentMs !== undefined);
  if (silent.length > 0) return `${name} waits for the store on ${named(silent.map(({ machine }) => machine))}, which is not called down yet`;
  const up = worst(volume, isThere);
  const least = minSizeOf(volume.wanted);
  if (up < least) return `${name} takes no I/O: ${up === 0 ? "no copy" : up === 1 ? "one copy" : `${up} copies`} of ${volume.wanted} left, and min_size is ${least}`;
  if (worst(volume, (copy) => isThere(copy) && isCurrent(copy)) === 0) return `${name} takes no I/O: no copy that is there is up to date`;
  return undefined;
}

interface Marks {
  isUp(copy: Copy): boolean;
  hasMonitors: boolean;
}

/** What the monitors call the stores of a host that does not answer, and what becomes of what they had. */
function away(copy: Copy, volume: VolumeState, { isUp, hasMonitors }: Marks, nowMs: number): number | undefined {
  if (copy.isOut === undefined) copy.rebuiltAtMs = undefined;
  if (copy.droppedMs === undefined) {
    copy.silentMs ??= nowMs;
    const reporters = volume.copies.filter((other) => other !== copy && isUp(other)).length;
    const atMs = copy.silentMs + (reporters >= DOWN_REPORTERS_MIN ? HEARTBEAT_GRACE_MS + HEARTBEAT_INTERVAL_MS : REPORT_TIMEOUT_MS);
    if (!hasMonitors) return undefined;
    if (nowMs < atMs) return atMs;
    copy.silentMs = undefined;
    copy.droppedMs = nowMs;
  }
  if (!hasMonitors || copy.isReplaced === true) return undefined;
  if (copy.isOut === undefined) {
    const inCount = volume.copies.filter(({ isOut }) => isOut === undefined).length;
    if (inCount / volume.copies.length < IN_RATIO_MIN) return undefined;
    if (nowMs < copy.droppedMs + DOWN_OUT_MS) return copy.droppedMs + DOWN_OUT_MS;
    copy.isOut = true;
  }
  return takeOver(copy, volume, isUp, nowMs);
}

/** What a host had that is out is copied to those that have none of it, from those that have. */
function takeOver(copy: Copy, volume: VolumeState, isUp: (copy: Copy) => boolean, nowMs: number): number | undefined {
  const hasSource = worst(volume, (other) => isCurrent(other) && isUp(other)) > 0;
  const hasPlace = volume.copies.filter((other) => isUp(other)).length >= volume.wanted;
  if (!hasSource || !hasPlace) {
    copy.rebuiltAtMs = undefined;
    return undefined;
  }
  copy.rebuiltAtMs ??= nowMs + copyMs(volume.sizeBytes, undefined, nowMs);
  if (nowMs < copy.rebuiltAtMs) return copy.rebuiltAtMs;
  Object.assign(copy, { rebuiltAtMs: undefined, isReplaced: true });
  return undefined;
}

/** A store that is there again is up and in, and is brought up to date from the others. One whose disk was replaced begins empty. */
function back(copy: Copy, volume: VolumeState, nowMs: number): number | undefined {
  if (copy.droppedMs !== undefined || copy.silentMs !== undefined) Object.assign(copy, { silentMs: undefined, droppedMs: undefined, isOut: undefined, rebuiltAtMs: undefined });
  copy.mustJoin = undefined;
  if (isCurrent(copy)) {
    copy.isReplaced = undefined;
    return undefined;
  }
  const hasSource = volume.copies.some((other) => other !== copy && isCurrent(other) && isThere(other) && other.silentMs === undefined);
  if (!hasSource) {
    copy.rebuiltAtMs = undefined;
    return undefined;
  }
  if (copy.rebuiltAtMs === undefined) {
    copy.rebuiltAtMs = nowMs + copyMs(volume.sizeBytes, isUsable(copy) ? copy.hasUntilMs : undefined, nowMs);
    if (copy.isLost === true) Object.assign(copy, { isLost: undefined, isIncomplete: true });
  } else if (nowMs >= copy.rebuiltAtMs) {
    Object.assign(copy, { rebuiltAtMs: undefined, isIncomplete: undefined, hasUntilMs: undefined, isReplaced: undefined });
    return undefined;
  }
  return copy.rebuiltAtMs;
}
