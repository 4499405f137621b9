import type { FaultKind } from "../fault.ts";

export const BLACKOUT: FaultKind = {
  id: "blackout",
  strikes: "home",
  begins: () => "the power is gone everywhere",
  ends: () => "the power is back",
  short: () => "power gone everywhere",
  why: "storms, a tripped breaker, a meter that is changed",
  destroysData: false,
};
