/** The system's own package manager: how old its lists are, and whether another program is at it. */
import type { Fact } from "./fact.ts";
import type { PackageManagerFact } from "./machine-facts.ts";
import { lines, matching, type Readings } from "./readings.ts";

const APT_LOCKS = ["/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock"];
/** Each update leaves its time on one of these, also one that found nothing new. */
const APT_TIMES = ["/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists/partial", "/var/lib/apt/lists"];
const PACMAN_LOCK = "/var/lib/pacman/db.lck";
const PACMAN_LISTS = "/var/lib/pacman/sync/*.db";

export const packageManagerFact: Fact<PackageManagerFact> = {
  id: "packageManager",
  reads: () => ({ texts: ["/proc/locks"], paths: ["/usr/bin/apt-get", "/usr/bin/pacman", PACMAN_LOCK, ...APT_LOCKS, ...APT_TIMES], pathPatterns: [PACMAN_LISTS, "/var/lib/apt/lists/*Release"] }),
  parse(readings) {
    const { paths } = readings;
    if (paths["/usr/bin/apt-get"] !== undefined) {
      const hasLists = matching(paths, "/var/lib/apt/lists/*Release").length > 0;
      return { kind: "apt", listsAgeSeconds: hasLists ? ageOf(APT_TIMES, readings) : undefined, isLocked: APT_LOCKS.some((path) => isLocked(path, readings)) };
    }
    if (paths["/usr/bin/pacman"] !== undefined) {
      const lists = matching(paths, PACMAN_LISTS).map(({ path }) => path);
      return { kind: "pacman", listsAgeSeconds: ageOf(lists, readings), isLocked: paths[PACMAN_LOCK] !== undefined };
    }
    return { kind: "none", listsAgeSeconds: undefined, isLocked: false };
  },
};

function ageOf(candidates: readonly string[], { paths, machineNowMs }: Readings): number | undefined {
  const times = candidates.flatMap((path) => paths[path]?.mtimeSeconds ?? []);
  return times.length === 0 ? undefined : Math.max(0, Math.floor(machineNowMs / 1000) - Math.max(...times));
}

/** `1: POSIX  ADVISORY  WRITE 1234 fe:00:131 0 EOF`: the lock files are always there, and dpkg holds a lock on their inode while it works. */
function isLocked(path: string, { paths, texts }: Readings): boolean {
  const inode = paths[path]?.inode;
  return inode !== undefined && lines(texts["/proc/locks"]).some((row) => new RegExp(`\\s[0-9a-f]+:[0-9a-f]+:${inode}\\s`).test(row));
}
