import { selectorLabels } from "../../manifests/names.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";

/** Estimate: what a program takes to find out that it cannot go on. It listens already. */
const FOUND_OUT_MS = 500;

function set({ homelab, cluster }: Struck, name: string, isCrashing: boolean): void {
  const app = homelab.apps[name]!;
  for (const service of Object.keys(app.services)) cluster.agents.setCrashing(app.namespace, selectorLabels(app, service), isCrashing ? FOUND_OUT_MS : undefined);
}

export const CRASH_LOOP_EFFECT: FaultEffect = {
  begin: (struck, target) => set(struck, target, true),
  end: (struck, target) => set(struck, target, false),
};
