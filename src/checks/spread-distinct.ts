/** Nothing is spread over twice in one way. */
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const spreadDistinct: Check = {
  id: "spread-distinct",
  severity: "error",
  summary: "Copies are spread over each thing once, or once as a must and once as a wish.",
  why: "The API tells the constraints of a pod apart by topology key and what happens when they cannot be met, and refuses two that are alike (PodSpec.topologySpreadConstraints, list map keys).",
  examples: {
    good: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          replicas: 2
          placement:
            spread:
              - { over: machine, required: true, maxSkew: 2 }
              - machine`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          replicas: 2
          placement:
            spread:
              - machine
              - { over: machine, maxSkew: 2 } # ✗`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ item, path }) => {
      const seen = new Set<string>();
      return item.placement.spread.flatMap(({ over, required }, index): CheckResult[] => {
        const key = `${over} ${required}`;
        if (!seen.has(key)) {
          seen.add(key);
          return [];
        }
        return [{ path: [...path, "placement", "spread", index], value: over, message: `${item.name} is spread over ${over} twice`, fix: "Keep one of the two." }];
      });
    });
  },
};
