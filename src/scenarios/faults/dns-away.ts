import type { FaultKind } from "../fault.ts";

export const DNS_AWAY: FaultKind = {
  id: "dns-away",
  strikes: "home",
  begins: () => "the home's DNS answers nothing",
  ends: () => "the home's DNS answers again",
  short: () => "the home's DNS away",
  why: "the router's resolver hangs, or the provider's that it asks; everything else goes on",
  destroysData: false,
};
