import type { FaultKind } from "../fault.ts";

export const MEMORY_SHORT: FaultKind = {
  id: "memory-short",
  strikes: "machine",
  begins: (target) => `programs outside the pods take ${target}'s memory`,
  ends: (target) => `${target}'s memory is given back`,
  short: (target) => `${target} short of memory`,
  why: "a leak outside the pods: a desktop, a backup, a file system cache that is pinned",
  destroysData: false,
  amount: { pattern: /^\d{1,4}Mi$/, what: "mebibytes that are left: 60Mi", otherwise: "60Mi are left" },
};
