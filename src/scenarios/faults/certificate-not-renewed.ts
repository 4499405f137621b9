import type { FaultKind } from "../fault.ts";

export const CERTIFICATE_NOT_RENEWED: FaultKind = {
  id: "certificate-not-renewed",
  strikes: "app",
  begins: (app) => `the certificates of ${app}'s names end: nothing has renewed them`,
  ends: (app) => `the certificates of ${app}'s names are renewed`,
  short: (app) => `${app}'s certificates not renewed`,
  why: "a port 80 that no longer reaches the cluster, a token for DNS-01 that was changed, a limit of the authority: tried for a month, and nobody looked",
  destroysData: false,
};
