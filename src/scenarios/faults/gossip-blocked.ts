import type { FaultKind } from "../fault.ts";

export const GOSSIP_BLOCKED: FaultKind = {
  id: "gossip-blocked",
  strikes: "home",
  begins: () => "the machines let nothing through to port 7946: MetalLB's speakers do not hear of each other, and each answers for every address",
  ends: () => "MetalLB's speakers hear of each other again: one of them answers for an address",
  short: () => "MetalLB's gossip blocked",
  why: "a firewall on the machines whose rules were made anew, a network policy for the machines themselves",
  destroysData: false,
  needsGossip: true,
};
