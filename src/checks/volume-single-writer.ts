/** A volume that one machine mounts is not shared by replicas. */
import type { Check, CheckResult } from "./check.ts";
import { mountedVolumes, replicasMax, servicesOf } from "./derived/workloads.ts";

export const volumeSingleWriter: Check = {
  id: "volume-single-writer",
  severity: "error",
  summary: "A service with several replicas shares only volumes that many machines may mount, or gives each replica its own.",
  why: "A ReadWriteOnce volume is mounted on one machine: replicas elsewhere stay in ContainerCreating (`Multi-Attach error`), those beside it write into the same files.",
  examples: {
    good: `
      apps:
        wiki: { image: ghcr.io/example/wiki:2.5.0, port: 80, host: wiki, replicas: 2, volumes: { data: { size: 5Gi, path: /data, perReplica: true } } }`,
    bad: `
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          replicas: 2
          volumes:
            data: { size: 5Gi, path: /data } # ✗`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ app, item }) => {
      const replicas = replicasMax(item);
      if (replicas < 2 && item.kind !== "daemon-set") return [];
      return mountedVolumes(app, item).flatMap(({ volume }): CheckResult[] => {
        if (volume.perReplica || volume.access === "ReadWriteMany" || volume.access === "ReadOnlyMany") return [];
        return [
          {
            path: ["apps", app.name, "volumes", volume.name],
            value: volume.access,
            message: `${item.kind === "daemon-set" ? `${item.name} runs on each machine` : `${replicas} replicas of ${item.name}`}${item.kind === "daemon-set" ? " and shares" : " share"} the volume ${volume.name}, which one machine at a time may mount (${volume.access})`,
            expected: "perReplica: true, or access: ReadWriteMany",
            fix: "Give each replica its own with perReplica: true, use a class that many may mount (nfs) with access: ReadWriteMany, or one replica.",
          },
        ];
      });
    });
  },
};
