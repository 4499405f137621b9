/** Filesystems on this machine's own disks: room, files left, and whether they can be written. */
import type { Fact } from "./fact.ts";
import { FactUnreadable } from "./fact.ts";
import type { FilesystemFact } from "./machine-facts.ts";
import { lines } from "./readings.ts";

/** In memory, or one for each pod and snap. */
const UNASKED = ["tmpfs", "devtmpfs", "overlay", "squashfs", "efivarfs"];
const COLUMNS = "source,fstype,size,avail,itotal,iavail,target";
const WITH_INODES = /^(?<source>.+?)\s+(?<type>\S+)\s+(?<size>\d+)\s+(?<free>\d+)\s+(?<inodes>\d+|-)\s+(?<inodesFree>\d+|-)\s+(?<mountPoint>\/.*)$/;
/** Size, used, free, share: what POSIX lets `df` print, and the type. */
const WITHOUT_INODES = /^(?<source>.+?)\s+(?<type>\S+)\s+(?<size>\d+)\s+\d+\s+(?<free>\d+)\s+\d+%\s+(?<mountPoint>\/.*)$/;

export const filesystemsFact: Fact<readonly FilesystemFact[]> = {
  id: "filesystems",
  reads: () => ({ texts: ["/proc/mounts"] }),
  // Only local ones: a network filesystem whose server is gone does not answer. The root is asked for by itself where it is one of those left out. A `df` that knows no
  // columns (busybox) gives the few that it has.
  script: () => `found=$(df -lk --output=${COLUMNS} ${UNASKED.map((type) => `-x ${type}`).join(" ")}) || found=$(df -k --output=${COLUMNS} /) || found=$(df -PkT)
case "$found
" in *" /
"*) ;; *) df -k --output=${COLUMNS} / ;; esac
printf '%s\\n' "$found"`,
  parse({ texts, output }) {
    const readOnly = readOnlyMountPoints(texts["/proc/mounts"]);
    return lines(output)
      .filter((line) => !line.startsWith("Filesystem "))
      .map((line) => {
        const match = WITH_INODES.exec(line) ?? WITHOUT_INODES.exec(line);
        if (match === null) throw new FactUnreadable("read filesystems: `df` answered a line of another shape");
        const { source, type, size, free, inodes, inodesFree, mountPoint } = match.groups!;
        return {
          mountPoint: mountPoint!,
          source: source!,
          type: type!,
          sizeBytes: Number(size) * 1024,
          freeBytes: Number(free) * 1024,
          // FAT and btrfs do not count them.
          inodesFreePercent: inodes === undefined || inodes === "-" || inodes === "0" ? undefined : Math.floor((Number(inodesFree) / Number(inodes)) * 100),
          isReadOnly: readOnly.has(mountPoint!),
        };
      })
      .filter(({ type, mountPoint }) => mountPoint === "/" || !UNASKED.includes(type))
      .sort((a, b) => (a.mountPoint < b.mountPoint ? -1 : 1));
  },
};

function readOnlyMountPoints(mounts: string | undefined): Set<string> {
  const found = new Set<string>();
  for (const line of lines(mounts)) {
    const [, mountPoint, , options] = line.split(" ");
    if (mountPoint === undefined || options === undefined) continue;
    const path = mountPoint.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    // The last mount of a place is the one that is seen.
    if (options.split(",").includes("ro")) found.add(path);
    else found.delete(path);
  }
  return found;
}
