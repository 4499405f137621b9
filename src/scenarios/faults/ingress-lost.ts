import type { FaultKind } from "../fault.ts";

export const INGRESS_LOST: FaultKind = {
  id: "ingress-lost",
  strikes: "home",
  begins: () => "the pods of the ingress end soon after they begin",
  ends: () => "the ingress can run again",
  short: () => "the ingress lost",
  why: "an option that its new version does not know, a port that something else on the machine has taken",
  destroysData: false,
  needsIngress: true,
};
