/** Backups are not kept in what they protect. */
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { routedHosts } from "./derived/hosts.ts";
import { databasesOf, volumesOf } from "./derived/workloads.ts";

export const backupElsewhere: Check = {
  id: "backup-elsewhere",
  severity: "warning",
  summary: "Backups go to something that is neither in the cluster nor the NAS that holds the volumes.",
  why: "What breaks the volumes then breaks their backups too: a NAS whose power supply dies takes both, and a store in the cluster cannot be read to restore the cluster.",
  examples: {
    good: `
      site:
        nas: { kind: nas, address: 192.168.1.5, s3: "http://192.168.1.5:9000" }
      platform:
        backups: { s3: { endpoint: "http://192.168.1.5:9000", bucket: home, accessKey: { secret: s3-key }, secretKey: { secret: s3-secret } } }`,
    bad: `
      platform:
        backups:
          s3:
            endpoint: https://minio.maison.example # ✗
            bucket: home
            accessKey: { secret: s3-key }
            secretKey: { secret: s3-secret }
      apps:
        minio: { image: ghcr.io/example/minio:1.0.0, port: 9000, host: minio }`,
  },
  check({ homelab }) {
    const { backups, storage } = homelab.platform;
    if (backups === undefined) return [];
    const host = hostOf(backups.s3.endpoint);
    const path = ["platform", "backups", "s3", "endpoint"];
    const results: CheckResult[] = [];
    const inside = routedHosts(homelab).find((entry) => entry.host === host)?.owner ?? (/\.svc(\.|$)/.test(host) ? "a service of the cluster" : undefined);
    if (inside !== undefined) {
      results.push({ path, value: backups.s3.endpoint, message: `backups go to ${host}, which is ${inside} of this very cluster`, expected: "a store outside the cluster", fix: "Use a NAS or another house's S3 store." });
    }
    const nas = Object.values(homelab.site).find((part) => part.kind === "nas" && (part.address === host || (part.s3 !== undefined && hostOf(part.s3) === host)));
    if (nas !== undefined) {
      const backedUp = [...volumesOf(homelab), ...databasesOf(homelab)].filter(({ item }) => item.backup !== undefined && own(storage.classes, item.storageClass)?.server === nas.name).map(({ item }) => item.name);
      if (backedUp.length > 0) {
        results.push({ path, value: backups.s3.endpoint, message: `the backups of ${backedUp.join(", ")} go to ${nas.name}, where the data itself lives`, expected: "a store on another device", fix: "Send backups elsewhere, or keep a second copy of the NAS." });
      }
    }
    return results;
  },
};

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
