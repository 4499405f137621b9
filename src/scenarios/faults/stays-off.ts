import type { FaultKind } from "../fault.ts";

export const STAYS_OFF: FaultKind = {
  id: "stays-off",
  strikes: "machine or site part",
  begins: (target) => `${target} will stay off when its power comes back`,
  ends: (target) => `somebody switches ${target} on`,
  short: (target) => `${target} stays off`,
  why: "many boards and PCs wait for their button after a power cut ('restore on AC' is off), or for a passphrase",
  destroysData: false,
};
