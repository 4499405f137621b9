import type { FaultKind } from "../fault.ts";

export const DISK_LOST: FaultKind = {
  id: "disk-lost",
  strikes: "machine",
  begins: (machine) => `${machine} stops, its disk and all that was on it are lost`,
  ends: (machine) => `${machine} is set up again on an empty disk`,
  short: (machine) => `${machine}'s disk lost`,
  why: "SD cards wear out, disks die, a machine is stolen or burns",
  destroysData: true,
};
