import type { FaultKind } from "../fault.ts";

export const DISK_SLOW: FaultKind = {
  id: "disk-slow",
  strikes: "server",
  begins: (server) => `${server}'s disk takes seconds until a write is on it`,
  ends: (server) => `${server}'s disk is as quick as it was`,
  short: (server) => `${server}'s disk slow`,
  why: "an SD card under etcd or SQLite, a backup or a snapshot on the same disk",
  destroysData: false,
  amount: { pattern: /^\d{1,2}(\.\d+)?s$/, what: "how long a write takes until it is on the disk (fsync): 0.5s", otherwise: "5s" },
};
