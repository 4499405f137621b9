import type { FaultKind } from "../fault.ts";

export const RELEASE_BROKEN: FaultKind = {
  id: "release-broken",
  strikes: "app",
  begins: (app) => `${app} is updated to a release whose programs end soon after they begin`,
  ends: (app) => `${app} is put back to its release`,
  short: (app) => `a broken release of ${app}`,
  why: "a release that was not tried with this configuration, or with this database",
  destroysData: false,
};
