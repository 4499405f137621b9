import { selectorLabels } from "../../manifests/names.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";

function set({ homelab, cluster }: Struck, name: string, isUnready: boolean): void {
  const app = homelab.apps[name]!;
  for (const service of Object.keys(app.services)) cluster.agents.setUnready(app.namespace, selectorLabels(app, service), isUnready);
}

export const UNREADY_EFFECT: FaultEffect = {
  begin: (struck, target) => set(struck, target, true),
  end: (struck, target) => set(struck, target, false),
};
