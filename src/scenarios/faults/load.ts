import type { FaultKind } from "../fault.ts";

export const LOAD: FaultKind = {
  id: "load",
  strikes: "app",
  begins: (app) => `${app} is asked for more than it is at rest`,
  ends: (app) => `${app} is asked for no more than usual`,
  short: (app) => `load on ${app}`,
  why: "a link that many follow, an evening with everybody at home, a crawler",
  destroysData: false,
  amount: { pattern: /^\d{1,5}%$/, what: "processor time that all copies are asked for together, in percent of what those there request: 300%", otherwise: "300%" },
};
