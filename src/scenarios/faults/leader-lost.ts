import type { FaultKind } from "../fault.ts";

export const LEADER_LOST: FaultKind = {
  id: "leader-lost",
  strikes: "home",
  begins: () => "the process that leads the control loops dies",
  ends: () => "the process that leads the control loops has started again",
  short: () => "control loops lose their leader",
  why: "an operator that leaks, an update, a kernel that kills it for its memory",
  destroysData: false,
  isMoment: true,
};
