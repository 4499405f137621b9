/** Of the app's main service. A container that is started anew begins small again. */
import { selectorLabels } from "../../manifests/names.ts";
import { mainService } from "./app-workload.ts";
import type { FaultEffect, Struck } from "./fault-effect.ts";

const OTHERWISE = "100Mi";
const MINUTE_MS = 60_000;

function set(struck: Struck, name: string, bytesPerMs: number | undefined): void {
  const app = struck.homelab.apps[name]!;
  struck.cluster.agents.setLeak(app.namespace, selectorLabels(app, mainService(struck, name).name), bytesPerMs);
}

export const MEMORY_LEAK_EFFECT: FaultEffect = {
  begin: (struck, target, amount = OTHERWISE) => set(struck, target, (parseInt(amount, 10) * 2 ** 20) / MINUTE_MS),
  end: (struck, target) => set(struck, target, undefined),
};
