/** A promise to survive machines leaves machines to run on. */
import type { Check } from "./check.ts";
import { failuresOf } from "./derived/promises.ts";
import { eligibleMachines } from "./derived/machines.ts";

export const promiseMachinesSuffice: Check = {
  id: "promise-machines-suffice",
  severity: "warning",
  summary: "Whatever a promise says may fail, a machine is left that each service may run on.",
  why: "A pod can only come back where it is allowed to run.",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, promise: { survives: one machine, byHand: true } }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          promise: { survives: one machine, byHand: true } # ✗`,
  },
  check({ homelab }) {
    return Object.values(homelab.apps).flatMap((app) => {
      for (const failure of failuresOf(homelab, app.promise)) {
        for (const service of Object.values(app.services)) {
          const eligible = eligibleMachines(homelab, service);
          if (eligible.length === 0 || eligible.some((machine) => !failure.machines.includes(machine.name))) continue;
          return [
            {
              path: ["apps", app.name, "promise"],
              message: `${app.name} promises to survive the loss of ${failure.what}, which leaves no machine for ${service.name}`,
              expected: "a machine that does not fail with it",
              fix: "Add a machine or widen the placement, or promise less.",
            },
          ];
        }
      }
      return [];
    });
  },
};
