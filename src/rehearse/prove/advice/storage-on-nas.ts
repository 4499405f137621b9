/** A volume on a machine's own disk is there and nowhere else: on the home's NAS every machine reaches it. */
import type { Homelab } from "../../../config/homelab.ts";
import { passageOf } from "../verdict.ts";
import type { AdviceRule } from "./advice-rule.ts";
import { machinesLost } from "./lost-elements.ts";
import { classChange } from "./storage-class-change.ts";

export const STORAGE_ON_NAS: AdviceRule = {
  id: "storage-on-nas",
  propose: ({ homelab, app, judged }) => {
    const nas = classOnNas(homelab);
    const { classes } = homelab.platform.storage;
    // It waits for its machine, or its data went with the disk.
    const isPinned = passageOf(judged.worst!.app).outageMs === undefined || judged.worst!.app.lost.length > 0;
    if (nas === undefined || !isPinned || machinesLost(homelab, judged).length === 0) return [];
    const volumes = Object.values(app.volumes).filter(({ storageClass }) => classes[storageClass]?.kind === "local-path");
    return volumes.map(({ name }) => ({ text: `the volume ${name} on the NAS (${nas.server}), not on a machine's disk`, ways: [[...nas.changes, `apps.${app.name}.volumes.${name}.storageClass=${nas.className}`]] }));
  },
};

const CLASS = "nas";

/** The class that a NAS of the site serves, or what makes one. */
function classOnNas({ site, platform: { storage } }: Homelab): { className: string; server: string; changes: string[] } | undefined {
  const nas = Object.values(site).find(({ kind, exports }) => kind === "nas" && exports.length > 0);
  if (nas === undefined) return undefined;
  const there = Object.values(storage.classes).find(({ kind, server }) => kind === "nfs" && server === nas.name);
  if (there !== undefined) return { className: there.name, server: nas.name, changes: [] };
  return { className: CLASS, server: nas.name, changes: [classChange(storage, CLASS, `{kind: nfs, server: ${nas.name}, share: ${nas.exports[0]!}}`)] };
}
