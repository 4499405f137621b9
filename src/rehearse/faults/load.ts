/** Of the app's main service: what its pods together are asked for stays the same, however many come to share it. */
import { selectorLabels } from "../../manifests/names.ts";
import { podsOf } from "../tell/pods-of.ts";
import { mainService, workloadOf } from "./app-workload.ts";
import type { FaultEffect } from "./fault-effect.ts";

const OTHERWISE = "300%";

export const LOAD_EFFECT: FaultEffect = {
  begin: (struck, target, amount = OTHERWISE) => {
    const app = struck.homelab.apps[target]!;
    const service = mainService(struck, target);
    const workload = workloadOf(struck, target);
    if (workload === undefined) return;
    const copies = podsOf(struck.cluster.client, `${app.namespace}/${workload.metadata.name}`).length;
    const cpuMilli = service.resources.requests.cpu.value * 1000 * copies * (parseInt(amount, 10) / 100);
    struck.cluster.agents.setLoad(app.namespace, selectorLabels(app, service.name), cpuMilli);
  },
  end: (struck, target) => {
    const app = struck.homelab.apps[target]!;
    struck.cluster.agents.setLoad(app.namespace, selectorLabels(app, mainService(struck, target).name), 0);
  },
};
