import type { FaultKind } from "../fault.ts";

export const MACHINE_SLOW: FaultKind = {
  id: "machine-slow",
  strikes: "machine",
  begins: (machine) => `${machine} is slow: all that starts on it takes many times as long`,
  ends: (machine) => `${machine} is as quick as it was`,
  short: (machine) => `${machine} slow`,
  why: "a processor that is throttled for heat or a weak power supply, a worn card, another virtual machine that takes it all",
  destroysData: false,
  amount: { pattern: /^\d{1,3}x$/, what: "how many times as long boots, pulls and starts take: 10x", otherwise: "4x" },
};
