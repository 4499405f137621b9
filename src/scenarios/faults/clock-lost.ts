import type { FaultKind } from "../fault.ts";

export const CLOCK_LOST: FaultKind = {
  id: "clock-lost",
  strikes: "machine",
  begins: (target) => `${target}'s clock no longer runs while it is off`,
  ends: (target) => `${target} keeps the time again`,
  short: (target) => `${target}'s clock lost`,
  why: "a Raspberry Pi has no clock with a battery, and a battery ends: such a machine boots in the past until it has asked a time server",
  destroysData: false,
};
