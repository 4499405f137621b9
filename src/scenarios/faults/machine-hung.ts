import type { FaultKind } from "../fault.ts";

export const MACHINE_HUNG: FaultKind = {
  id: "machine-hung",
  strikes: "machine",
  begins: (machine) => `${machine} hangs: it has power, and answers nothing`,
  ends: (machine) => `somebody resets ${machine}, and it boots`,
  short: (machine) => `${machine} hangs`,
  why: "a kernel that panics or waits for a disk that is gone, with its lights on and its link up",
  destroysData: false,
};
