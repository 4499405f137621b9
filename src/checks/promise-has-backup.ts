/** Who promises to lose only what came after the last backup makes backups. */
import type { Check, CheckResult } from "./check.ts";

export const promiseHasBackup: Check = {
  id: "promise-has-backup",
  severity: "error",
  summary: "An app that may lose what came since the last backup has backups of all its databases and volumes.",
  why: "Without a backup everything since the beginning is lost.",
  examples: {
    good: `
      apps:
        blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog, promise: { survives: one machine, byHand: true, loses: everything since the last backup } }`,
    bad: `
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          volumes: { data: { size: 5Gi, path: /data, backup: false } }
          promise: { loses: everything since the last backup, survives: one machine, byHand: true } # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.apps).flatMap((app): CheckResult[] => {
      if (app.promise?.loses.kind !== "since-last-backup") return [];
      const without = [...Object.values(app.databases), ...Object.values(app.volumes)].filter((item) => item.backup === undefined).map((item) => item.name);
      if (without.length === 0) return [];
      return [
        {
          path: ["apps", app.name, "promise"],
          message: `${app.name} may lose what came since the last backup, and ${without.join(" and ")} ha${without.length === 1 ? "s" : "ve"} none`,
          expected: "a backup of each database and volume",
          fix: "Add backup: day to each, and platform.backups with the S3 store.",
        },
      ];
    });
  },
};
