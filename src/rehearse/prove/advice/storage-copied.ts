/** A volume on a machine's own disk is there and nowhere else: Longhorn keeps copies of it on several machines. It takes memory and processor on each, so that it is among the last that are tried. */
import { passageOf } from "../verdict.ts";
import type { AdviceRule } from "./advice-rule.ts";
import { machinesLost } from "./lost-elements.ts";
import { classChange } from "./storage-class-change.ts";

/** Longhorn's own default, where there are machines for it. */
const COPIES_MAX = 3;
const CLASS = "longhorn";

export const STORAGE_COPIED: AdviceRule = {
  id: "storage-copied",
  propose: ({ homelab, app, judged }) => {
    const { storage } = homelab.platform;
    const copies = Math.min(COPIES_MAX, Object.values(homelab.machines).filter(({ roles }) => roles.includes("worker")).length);
    const isPinned = passageOf(judged.worst!.app).outageMs === undefined || judged.worst!.app.lost.length > 0;
    if (copies < 2 || !isPinned || machinesLost(homelab, judged).length === 0) return [];
    const there = Object.values(storage.classes).find(({ kind, replicas }) => kind === "longhorn" && replicas > 1);
    const changes = there === undefined ? [classChange(storage, CLASS, `{kind: longhorn, replicas: ${copies}}`)] : [];
    return Object.values(app.volumes)
      .filter(({ storageClass }) => storage.classes[storageClass]?.kind === "local-path")
      .map(({ name }) => ({ text: `${there?.replicas ?? copies} copies of the volume ${name} on as many machines (Longhorn)`, ways: [[...changes, `apps.${app.name}.volumes.${name}.storageClass=${there?.name ?? CLASS}`]] }));
  },
};
