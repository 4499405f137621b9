/** Replicas can be on different machines. */
import type { Check, CheckResult } from "./check.ts";
import { eligibleMachines } from "./derived/machines.ts";
import { replicasMin, servicesOf } from "./derived/workloads.ts";

export const replicasApart: Check = {
  id: "replicas-apart",
  severity: "warning",
  summary: "A service with several replicas may run on several machines.",
  why: "Replicas on one machine fail together: they cost memory and add nothing but an update without a gap.",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, replicas: 2 }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12 }
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          replicas: 2 # ✗
          placement: { machines: [pi2] }`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      const replicas = replicasMin(item);
      if (item.kind === "daemon-set" || replicas < 2) return [];
      const eligible = eligibleMachines(homelab, item);
      const only = eligible[0];
      if (eligible.length !== 1 || only === undefined) return [];
      return [
        {
          path: [...path, item.scale === undefined ? "replicas" : "scale"],
          value: String(replicas),
          message: `all ${replicas} replicas of ${item.name} run on ${only.name}, the only machine they may be on`,
          expected: "two machines or more",
          fix: "Widen its placement, add a machine, or use one replica.",
        },
      ];
    });
  },
};
