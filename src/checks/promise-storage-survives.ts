/** A promise is not broken by where the data lives. */
import type { Homelab, StorageClass, Volume } from "../config/homelab.ts";
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { failuresOf, machinesToSurvive } from "./derived/promises.ts";
import { partText } from "./derived/text.ts";

export const promiseStorageSurvives: Check = {
  id: "promise-storage-survives",
  severity: "warning",
  summary: "The volumes of an app that promises to survive a machine are not on one machine's disk, nor those of one that promises to survive a site part on one NAS.",
  why: "A local-path volume belongs to one machine: when it dies, its pod waits for it for ever (`volume node affinity conflict`), and what was written is there and nowhere else. A single NAS is a single point of failure for all that mounts it.",
  examples: {
    good: `
      platform: { storage: longhorn }
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          volumes: { data: { size: 5Gi, path: /data } }
          promise: { survives: one machine, byHand: true }`,
    bad: `
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          volumes:
            data: { size: 5Gi, path: /data } # ✗
          promise: { survives: one machine, byHand: true }`,
  },
  check({ homelab }) {
    return Object.values(homelab.apps).flatMap((app) => {
      if (app.promise === undefined) return [];
      return Object.values(app.volumes).flatMap((volume): CheckResult[] => {
        const storage = own(homelab.platform.storage.classes, volume.storageClass);
        if (storage === undefined) return [];
        const reason = broken(homelab, app.name, volume, storage);
        if (reason === undefined) return [];
        return [
          {
            path: ["apps", app.name, "volumes", volume.name],
            value: volume.storageClass,
            message: `${app.name} promises to survive ${reason}`,
            expected: "storage that survives as much as the promise",
            fix: storage.kind === "local-path" ? "Use a class that copies (longhorn) or is elsewhere (nfs), give each replica its own with perReplica: true, or promise less." : "Use a class that keeps more copies (longhorn with replicas: 3), or promise less.",
          },
        ];
      });
    });
  },
};

function broken(homelab: Homelab, appName: string, volume: Volume, storage: StorageClass): string | undefined {
  const promise = homelab.apps[appName]?.promise;
  const lost = machinesToSurvive(homelab, promise);
  if (storage.kind === "local-path" && lost > 0 && !volume.perReplica) return `${lost === 1 ? "a machine" : `${lost} machines`}, and its volume ${volume.name} (local-path) is on one machine's disk`;
  if (["longhorn", "ceph", "linstor"].includes(storage.kind) && lost > 0 && storage.replicas <= lost) {
    return `${lost} machine${lost === 1 ? "" : "s"}, and its volume ${volume.name} has ${storage.replicas} cop${storage.replicas === 1 ? "y" : "ies"}`;
  }
  if (storage.kind === "nfs" && storage.server !== undefined) {
    const part = own(homelab.site, storage.server);
    if (part !== undefined && promise?.survives.some((survival) => survival.kind === "one-site-part" || (survival.kind === "named" && survival.name === part.name))) {
      return `a site part, and its volume ${volume.name} is on ${partText(part)} alone`;
    }
    const isOnMachine = own(homelab.machines, storage.server) !== undefined && failuresOf(homelab, promise).some((failure) => failure.machines.includes(storage.server ?? ""));
    if (isOnMachine) return `a machine, and its volume ${volume.name} is on ${storage.server} alone`;
  }
  return undefined;
}
