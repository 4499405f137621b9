import { setCrashing } from "./crashing.ts";
import type { FaultEffect } from "./fault-effect.ts";

/** Traefik, k3s' own or ours. */
const LABELS = { "app.kubernetes.io/name": "traefik" };

export const INGRESS_LOST_EFFECT: FaultEffect = {
  begin: (struck) => setCrashing(struck, LABELS, true),
  end: (struck) => setCrashing(struck, LABELS, false),
};
