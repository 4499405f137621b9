import type { FaultKind } from "../fault.ts";

export const ADDRESS_CHANGED: FaultKind = {
  id: "address-changed",
  strikes: "server",
  begins: (target) => `${target} gets another address`,
  ends: (target) => `${target} has its old address again`,
  short: (target) => `${target} has another address`,
  why: "DHCP gives out another address after a router was replaced or reset",
  destroysData: false,
  needsEtcd: true,
};
