/** A promise that machines may fail rests on a control plane that may. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";
import { quorum } from "./derived/site-reach.ts";
import { machinesToSurvive } from "./derived/promises.ts";

export const promiseHasControlPlanes: Check = {
  id: "promise-has-control-planes",
  severity: "warning",
  summary: "A promise to survive machines has a control plane that survives as many.",
  why: "When the control plane is gone pods keep running where they are, but nothing is rescheduled and no dead pod leaves the service: an app that was on the same machine stays down until a person mends it.",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop }`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          replicas: 2
          promise: { survives: one machine, backWithin: 2m } # ✗`,
  },
  check({ homelab }) {
    const count = controlPlanes(homelab).length;
    const tolerated = homelab.kubernetes.datastore.kind === "external" ? count - 1 : count - quorum(count);
    return Object.values(homelab.apps).flatMap((app) => {
      const lost = machinesToSurvive(homelab, app.promise);
      if (app.promise === undefined || app.promise.byHand || lost <= tolerated || count === 0) return [];
      return [
        {
          path: ["apps", app.name, "promise"],
          message: `${app.name} promises to survive ${lost === 1 ? "one machine" : `${lost} machines`}, and the control plane (${count} machine${count === 1 ? "" : "s"}) survives ${tolerated === 0 ? "none" : tolerated}`,
          expected: `${lost * 2 + 1} control planes`,
          fix: `Make ${lost * 2 + 1} machines control planes with an endpoint before them, or write byHand: true.`,
        },
      ];
    });
  },
};
