/** A liveness or startup probe counts one success. */
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const probeLivenessOnce: Check = {
  id: "probe-liveness-once",
  severity: "error",
  summary: "Liveness and startup probes have a success threshold of 1.",
  why: "The API refuses any other: `successThreshold: Invalid value: 2: must be 1`.",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, host: api, liveness: { path: /healthz, failureThreshold: 5 } }`,
    bad: `
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          host: api
          liveness: { path: /healthz, successThreshold: 2 } # ✗`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ item, path }) =>
      (["liveness", "startup"] as const).flatMap((name): CheckResult[] => {
        const threshold = item[name]?.successThreshold ?? 1;
        if (threshold === 1) return [];
        return [{ path: [...path, name], value: String(threshold), message: `the ${name} probe has a successThreshold of ${threshold}, and the API takes only 1`, expected: "1", fix: "Remove successThreshold here; readiness may have one." }];
      }),
    );
  },
};
