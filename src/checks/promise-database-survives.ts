/** A database of an app that promises to survive a machine has a second instance. */
import type { Check } from "./check.ts";
import { machinesToSurvive } from "./derived/promises.ts";

export const promiseDatabaseSurvives: Check = {
  id: "promise-database-survives",
  severity: "warning",
  summary: "The databases of an app that promises to survive machines have more instances than machines may fail.",
  why: "One instance on a local disk is gone with its machine until a person restores it; with two, CloudNativePG promotes the standby.",
  examples: {
    good: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          databases: { main: { engine: postgres, instances: 2, size: 5Gi } }
          promise: { survives: one machine, byHand: true }`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          databases:
            main: { engine: postgres, instances: 1, size: 5Gi } # ✗
          promise: { survives: one machine, byHand: true }`,
  },
  check({ homelab }) {
    return Object.values(homelab.apps).flatMap((app) => {
      const lost = machinesToSurvive(homelab, app.promise);
      return Object.values(app.databases)
        .filter((database) => database.instances <= lost)
        .map((database) => ({
          path: ["apps", app.name, "databases", database.name],
          value: String(database.instances),
          message: `${app.name} promises to survive ${lost === 1 ? "a machine" : `${lost} machines`}, and its database ${database.name} has ${database.instances} instance${database.instances === 1 ? "" : "s"}`,
          expected: `${lost + 1} instances`,
          fix: `Set instances: ${lost + 1}, or promise less.`,
        }));
    });
  },
};
