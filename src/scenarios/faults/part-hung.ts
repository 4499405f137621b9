import type { FaultKind } from "../fault.ts";

export const PART_HUNG: FaultKind = {
  id: "part-hung",
  strikes: "network part",
  begins: (part) => `${part} hangs: it has power, gives it on, and answers nothing`,
  ends: (part) => `${part} answers again`,
  short: (part) => `${part} hangs`,
  why: "a NAS whose disks are busy or gone, a switch or a router that no longer passes anything on, with its lights on",
  destroysData: false,
};
