/** Nothing waits for itself. */
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { circle } from "./derived/circle.ts";

export const startOrderNotCircular: Check = {
  id: "start-order-not-circular",
  severity: "error",
  summary: "No service starts after itself, also not through others.",
  why: "Each would wait until the other answers: after a power cut neither ever does.",
  examples: {
    good: `
      apps:
        shop:
          services:
            web: { image: ghcr.io/example/shop-web:2.0.1, port: 80, after: [api] }
            api: { image: ghcr.io/example/shop-api:2.3.0, port: 3000 }`,
    bad: `
      apps:
        shop:
          services:
            web:
              image: ghcr.io/example/shop-web:2.0.1
              port: 80
              after: [api] # ✗
            api: { image: ghcr.io/example/shop-api:2.3.0, port: 3000, after: [web] }`,
  },
  check({ homelab }) {
    return Object.values(homelab.apps).flatMap((app) => {
      const reported = new Set<string>();
      return Object.values(app.services).flatMap((service): CheckResult[] => {
        const round = circle(service.name, (name) => own(app.services, name)?.after ?? []);
        if (round === undefined || round.some((name) => reported.has(name))) return [];
        for (const name of round) reported.add(name);
        return [
          {
            path: ["apps", app.name, "services", service.name, "after"],
            value: service.after.join(", "),
            message: round.length === 1 ? `${service.name} starts after itself` : `${[...round, service.name].join(" starts after ")}`,
            expected: "an order with a beginning",
            fix: "Remove one of them: the one that can start alone and try again.",
          },
        ];
      });
    });
  },
};
