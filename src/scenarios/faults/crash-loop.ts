import type { FaultKind } from "../fault.ts";

export const CRASH_LOOP: FaultKind = {
  id: "crash-loop",
  strikes: "app",
  begins: (app) => `the programs of ${app} end soon after they begin`,
  ends: (app) => `the programs of ${app} run again when they are started`,
  short: (app) => `${app} crashes`,
  why: "a configuration that is wrong, a database that does not answer, a file that is missing",
  destroysData: false,
};
