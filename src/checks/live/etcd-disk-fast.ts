import type { LiveCheck } from "./live-check.ts";

/** etcd's own guide: 99 % of writes to its log within 10 ms. https://etcd.io/docs/v3.6/faq/ */
const P99_MS_MAX = 10;
/** A heartbeat interval: leaders are lost from there. */
const P99_MS_GRAVE = 100;

/** The value that 99 % do not exceed. */
export function percentile99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

export const etcdDiskFast: LiveCheck = {
  id: "etcd-disk-fast",
  severity: "warning",
  summary: "On control planes, 99 % of small synchronous writes take at most 10 ms.",
  why: "etcd answers when a write is on the disk. Above that it warns; above 100 ms leaders change and the API stalls. Measured with a hundred writes of 4 KiB where etcd lives; a busy machine makes it look slower.",
  check: ({ homelab, tried, facts }) =>
    Object.entries(tried).flatMap(([machine, { syncSeconds }]) => {
      const p99Ms = percentile99(syncSeconds) * 1000;
      if (syncSeconds.length === 0 || p99Ms <= P99_MS_MAX) return [];
      const isCard = facts[machine]?.disks.some(({ kind }) => kind === "sd") === true;
      const alternatives = homelab.kubernetes.distribution === "k3s" && Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane")).length === 1 ? ", or use k3s with SQLite, which writes less" : ", or make another machine the control plane";
      return [
        {
          path: ["machines", machine],
          at: "key" as const,
          message: `${machine}: the slowest of a hundred small writes took ${p99Ms.toFixed(0)} ms${isCard ? ", and it has an SD card" : ""}: etcd wants ${P99_MS_MAX} ms${p99Ms > P99_MS_GRAVE ? ", and loses its leader from 100 ms on" : ""}`,
          fix: `Put \`${homelab.kubernetes.datastore.dataDir}\` on an SSD or NVMe disk (by USB 3 on a Raspberry Pi)${alternatives}.`,
        },
      ];
    }),
};
