/** The NAS exports what is mounted from it. */
import { nearestName } from "../lib/nearest-name.ts";
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";

export const nfsShareExported: Check = {
  id: "nfs-share-exported",
  severity: "error",
  summary: "An NFS class mounts a directory that its NAS exports.",
  why: "A pod with a share that is not there stays in ContainerCreating: `mount.nfs: access denied by server`.",
  examples: {
    good: `
      site:
        nas: { kind: nas, address: 192.168.1.5, exports: [/tank] }
      platform:
        storage: { default: nas, classes: { nas: { kind: nfs, server: nas, share: /tank } } }`,
    bad: `
      site:
        nas: { kind: nas, address: 192.168.1.5, exports: [/tank] }
      platform:
        storage:
          default: nas
          classes:
            nas: { kind: nfs, server: nas, share: /tanks } # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.platform.storage.classes).flatMap((storage): CheckResult[] => {
      const part = storage.server === undefined ? undefined : own(homelab.site, storage.server);
      if (storage.kind !== "nfs" || part === undefined || storage.share === undefined) return [];
      const path = ["platform", "storage", "classes", storage.name];
      if (part.address === undefined) {
        return [{ path: [...path, "server"], value: storage.server, message: `${part.name} has no address to mount from`, expected: `site.${part.name}.address`, fix: `Give ${part.name} an address.` }];
      }
      const { share } = storage;
      if (part.exports.length === 0 || part.exports.some((exported) => share === exported || share.startsWith(`${exported.replace(/\/$/, "")}/`))) return [];
      return [
        {
          path: [...path, "share"],
          value: share,
          message: `${part.name} does not export ${share}`,
          expected: `one of ${part.exports.join(", ")}, or a directory below`,
          didYouMean: nearestName(share, part.exports),
          fix: `Export it on ${part.name} and add it to its exports, or mount one that is exported.`,
        },
      ];
    });
  },
};
