import type { FaultKind } from "../fault.ts";

export const UNREADY: FaultKind = {
  id: "unready",
  strikes: "app",
  begins: (app) => `the programs of ${app} run, and say that they are not ready`,
  ends: (app) => `the programs of ${app} say that they are ready`,
  short: (app) => `${app} not ready`,
  why: "a readiness check that asks something else, such as a database or a service outside, which is slow or away",
  destroysData: false,
};
