import type { FaultKind } from "../fault.ts";

export const REBOOT: FaultKind = {
  id: "reboot",
  strikes: "machine",
  begins: (target) => `${target} restarts`,
  ends: (target) => `${target} has restarted`,
  short: (target) => `${target} restarts`,
  why: "kernels are updated, watchdogs bite, somebody presses the button",
  destroysData: false,
  isMoment: true,
};
