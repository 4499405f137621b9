/** Disks as the kernel sees them, with what they are made of; none of its loops, memory disks and compressed swap. */
import type { Fact } from "./fact.ts";
import type { DiskFact } from "./machine-facts.ts";
import { line, matching, type Readings } from "./readings.ts";

/** Neither `loop0`, nor `ram0` and `rbd0`, nor `zram0`. */
const BLOCK = "/sys/block/[!lrz]*";

export const disksFact: Fact<readonly DiskFact[]> = {
  id: "disks",
  reads: () => ({
    textPatterns: ["size", "queue/rotational", "device/model", "device/type"].map((name) => `${BLOCK}/${name}`),
    pathPatterns: [BLOCK],
  }),
  parse: (readings) =>
    matching(readings.texts, "/sys/block/*/size").map(({ names, value }) => {
      const name = names[0]!;
      return {
        name,
        kind: kindOf(name, readings),
        // In units of 512 bytes, whatever the disk's own sectors are.
        sizeBytes: Number(line(value)) * 512,
        model: line(readings.texts[`/sys/block/${name}/device/model`]),
      };
    }),
};

function kindOf(name: string, { texts, paths }: Readings): DiskFact["kind"] {
  const place = paths[`/sys/block/${name}`]?.linkTo ?? "";
  if (name.startsWith("nvme")) return "nvme";
  // An mmc device tells SD cards from soldered memory: `SD` and `MMC`.
  if (name.startsWith("mmcblk")) return line(texts[`/sys/block/${name}/device/type`]) === "MMC" ? "emmc" : "sd";
  if (/\/usb\d+\//.test(place)) return "usb";
  if (/\/(devices\/virtual|virtio\d+)\//.test(place) || /^(vd|xvd)/.test(name)) return "virtual";
  if (/^(QEMU|VBOX|VMware|Virtual)/i.test(line(texts[`/sys/block/${name}/device/model`]) ?? "")) return "virtual";
  if (!name.startsWith("sd")) return "unknown";
  const isRotational = line(texts[`/sys/block/${name}/queue/rotational`]);
  return isRotational === "1" ? "hdd" : isRotational === "0" ? "ssd" : "unknown";
}
