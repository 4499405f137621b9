import type { FaultKind } from "../fault.ts";

export const DISK_FULL: FaultKind = {
  id: "disk-full",
  strikes: "machine",
  begins: (target) => `${target}'s disk fills up`,
  ends: (target) => `${target}'s disk is cleared`,
  short: (target) => `${target}'s disk full`,
  why: "logs, images and backups grow until nothing is left",
  destroysData: false,
  amount: { pattern: /^\d{1,2}(\.\d+)?%$/, what: "a share of the disk that is left: 4%", otherwise: "nothing is left, whatever is cleared away" },
};
