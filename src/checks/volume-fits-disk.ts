/** A volume is not larger than the disks it may be put on. */
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { workers } from "./derived/machines.ts";
import { databasesOf, volumesOf } from "./derived/workloads.ts";
import { bytesText } from "./derived/text.ts";

export const volumeFitsDisk: Check = {
  id: "volume-fits-disk",
  severity: "warning",
  summary: "A volume on a machine's own disk is not larger than the largest disk.",
  why: "local-path does not enforce sizes, and Longhorn refuses: either the disk fills and the machine evicts its pods (DiskPressure), or the volume is never made.",
  examples: {
    good: `
      machineDefaults: { disk: { kind: nvme, size: 512G } }
      apps:
        wiki: { image: ghcr.io/example/wiki:2.5.0, port: 80, host: wiki, volumes: { data: { size: 50Gi, path: /data } } }`,
    bad: `
      machineDefaults: { disk: { kind: sd, size: 32G } }
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          volumes:
            data: { size: 50Gi, path: /data } # ✗`,
  },
  check({ homelab }) {
    const disks = workers(homelab).flatMap((machine) => machine.disks.map((disk) => disk.size.value));
    const largest = Math.max(0, ...disks);
    if (largest === 0) return [];
    return [...volumesOf(homelab), ...databasesOf(homelab)].flatMap(({ item, path }): CheckResult[] => {
      const kind = own(homelab.platform.storage.classes, item.storageClass)?.kind;
      if (kind === undefined || kind === "nfs" || item.size.value <= largest) return [];
      return [{ path: [...path, "size"], value: item.size.text, message: `${item.name} has ${item.size.text}, and the largest disk of a worker ${bytesText(largest)}`, expected: `at most ${bytesText(largest)}`, fix: "Make it smaller, add a disk, or use a class on a NAS." }];
    });
  },
};
