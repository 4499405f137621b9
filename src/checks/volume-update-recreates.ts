/** A service with a volume of its own stops before it starts again. */
import type { Check, CheckResult } from "./check.ts";
import { mountedVolumes, servicesOf } from "./derived/workloads.ts";

export const volumeUpdateRecreates: Check = {
  id: "volume-update-recreates",
  severity: "warning",
  summary: "A deployment with a volume for one machine is updated with `recreate`, not rolling.",
  why: "In a rolling update the new pod starts while the old one holds the volume: on another machine it waits for ever (`Multi-Attach error`), on the same two processes write into the same files.",
  examples: {
    good: `
      apps:
        wiki: { image: ghcr.io/example/wiki:2.5.0, port: 80, host: wiki, update: recreate, volumes: { data: { size: 5Gi, path: /data } } }`,
    bad: `
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          update: { maxSurge: 1, maxUnavailable: 0 } # ✗
          volumes: { data: { size: 5Gi, path: /data } }`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ app, item, path }): CheckResult[] => {
      if (item.kind !== "deployment" || item.update.kind !== "rolling") return [];
      const surges = item.update.maxSurge !== 0 && item.update.maxSurge !== "0%";
      const held = mountedVolumes(app, item).find(({ volume }) => !volume.perReplica && (volume.access === "ReadWriteOnce" || volume.access === "ReadWriteOncePod"));
      if (held === undefined || !surges) return [];
      return [
        {
          path: [...path, "update"],
          value: "rolling",
          severity: held.volume.access === "ReadWriteOncePod" ? "error" : "warning",
          message: `an update of ${item.name} starts the new pod while the old one holds the volume ${held.volume.name} (${held.volume.access})`,
          expected: "update: recreate",
          fix: "Set update: recreate; the app is away for the seconds that its start takes.",
        },
      ];
    });
  },
};
