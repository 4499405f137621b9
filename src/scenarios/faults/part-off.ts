import type { FaultKind } from "../fault.ts";

export const PART_OFF: FaultKind = {
  id: "part-off",
  strikes: "site part",
  begins: (part) => `${part} fails, and what hangs on it loses power or network`,
  ends: (part) => `${part} works again`,
  short: (part) => `${part} off`,
  why: "a switch, a power strip or the box fails, and takes along what hangs on it",
  destroysData: false,
};
