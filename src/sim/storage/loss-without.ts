/** What is lost of a volume with the disks of some machines, by what the copies on the others have. */
import { STORAGE_DRIVERS } from "./drivers.ts";
import { type Copy, isUsable, type VolumeState } from "./volume-copies.ts";

/** `everything`, or what was written in a time: how long that is, and who is behind. */
export type DataLoss = { extent: "everything"; copies: number } | { extent: "writes"; withinMs: number; behind: string };

/** Undefined: somebody else has all of it. */
export function lossWithout(volume: VolumeState, machines: ReadonlySet<string>, nowMs: number): DataLoss | undefined {
  // A copy that is up to date has everything until now, one that is not a volume has nothing.
  const untilMs = ({ machine, hasUntilMs, isLost, isIncomplete }: Copy): number => (machines.has(machine) || isLost === true || isIncomplete === true ? Number.NEGATIVE_INFINITY : hasUntilMs ?? Number.POSITIVE_INFINITY);
  const kept = keptOf(volume, untilMs);
  if (kept === Number.POSITIVE_INFINITY) return undefined;
  if (kept === Number.NEGATIVE_INFINITY) return { extent: "everything", copies: volume.copies.length };
  const behind = volume.copies.find((copy) => isUsable(copy) && copy.hasUntilMs === kept)?.machine ?? "";
  const writtenMs = volume.openOn === undefined || volume.stopped !== undefined ? volume.writtenMs : nowMs;
  return { extent: "writes", withinMs: Math.max(0, writtenMs - kept), behind };
}

/** Until when the copy that has most reaches; where placement groups are spread over more hosts than there are copies, in the group that has it worst. */
function keptOf({ driver, copies, wanted }: VolumeState, untilMs: (copy: Copy) => number): number {
  const standing = copies.filter(({ isReplaced }) => isReplaced === undefined).map(untilMs).sort((a, b) => b - a);
  if (!STORAGE_DRIVERS[driver]!.isSpread || standing.length <= wanted) return standing[0] ?? Number.NEGATIVE_INFINITY;
  return standing[standing.length - wanted] ?? Number.NEGATIVE_INFINITY;
}
