/** Copies of a volume are on different machines. */
import type { Check, CheckResult } from "./check.ts";
import { workers } from "./derived/machines.ts";

export const storageCopiesFit: Check = {
  id: "storage-copies-fit",
  severity: "warning",
  summary: "A storage class keeps no more copies than there are workers; Ceph has at least three.",
  why: "Longhorn volumes with more copies than machines stay degraded for ever; Ceph stops writing when two of three hosts are left with min_size unmet, and cannot keep size 3 on two.",
  examples: {
    good: `
      platform: { storage: { classes: { longhorn: { kind: longhorn, replicas: 2 } } } }`,
    bad: `
      machines:
        pc1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pc2: { address: 192.168.1.12 }
      platform:
        storage:
          classes:
            longhorn: { kind: longhorn, replicas: 3 } # ✗`,
  },
  check({ homelab }) {
    const count = workers(homelab).length;
    return Object.values(homelab.platform.storage.classes).flatMap((storage): CheckResult[] => {
      if (storage.kind !== "longhorn" && storage.kind !== "ceph" && storage.kind !== "linstor") return [];
      const path = ["platform", "storage", "classes", storage.name];
      if (storage.replicas > count) {
        return [{ path, value: String(storage.replicas), message: `${storage.name} keeps ${storage.replicas} copies on ${count} worker${count === 1 ? "" : "s"}`, expected: `at most ${count}`, fix: `Set replicas: ${Math.max(1, count)}, or add workers.` }];
      }
      if (storage.kind === "ceph" && count < 3) {
        return [{ path, value: String(count), message: `Ceph runs on ${count} worker${count === 1 ? "" : "s"}: its monitors have no majority when one fails`, expected: "three workers or more", fix: "Add workers, or use longhorn or local-path." }];
      }
      return [];
    });
  },
};
