/** A required spread has places to spread over. */
import type { AppService, Homelab } from "../config/homelab.ts";
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { eligibleMachines, labelsOf } from "./derived/machines.ts";
import { replicasMax, servicesOf } from "./derived/workloads.ts";

export const spreadPossible: Check = {
  id: "spread-possible",
  severity: "error",
  summary: "Where pods must be spread over a kind of site part, machines stand on parts of that kind.",
  why: "A pod with a required spread is never put on a machine without the label it spreads over (PodTopologySpread, DoNotSchedule): all its pods stay Pending.",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, replicas: 2, placement: { spread: [{ over: machine, required: true }] } }`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          replicas: 2
          placement:
            spread:
              - { over: ups, required: true } # ✗`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ item, path }) =>
      item.placement.spread.flatMap((spread, index): CheckResult[] => {
        if (!spread.required || spread.over === "machine" || replicasMax(item) < 1) return [];
        const places = placesOf(homelab, item, spread.over);
        if (places > 0) return [];
        return [
          {
            path: [...path, "placement", "spread", index],
            value: spread.over,
            message: `${item.name} must be spread over ${spread.over}, and no machine it may run on is on one`,
            expected: `machines on a ${spread.over} of the site`,
            fix: `Add a site part of kind ${spread.over} that names the machines, or write required: false.`,
          },
        ];
      }),
    );
  },
};

function placesOf(homelab: Homelab, service: AppService, kind: string): number {
  const label = `site.kubernest.dev/${kind}`;
  return new Set(eligibleMachines(homelab, service).flatMap((machine) => own(labelsOf(homelab, machine), label) ?? [])).size;
}
