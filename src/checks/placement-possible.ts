/** There is a machine for each pod. */
import { nearestName } from "../lib/nearest-name.ts";
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { eligibleMachines, labelsOf, nodes, taintsOf, tolerates } from "./derived/machines.ts";
import { listed } from "./derived/text.ts";
import { workloadsOf } from "./derived/workloads.ts";

export const placementPossible: Check = {
  id: "placement-possible",
  severity: "error",
  summary: "Each service and job has a machine with the labels it asks for and without taints that it does not tolerate.",
  why: "Otherwise its pods stay Pending: `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector`.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12, labels: { disk: fast } }
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, placement: { labels: { disk: fast } } }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12, labels: { disk: fast } }
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          placement: { labels: { disk: ssd } } # ✗`,
  },
  check({ homelab }) {
    const all = nodes(homelab);
    if (all.length === 0) return [];
    return workloadsOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      // Whether the image was built for any of them is `image-fits-machines`.
      if (eligibleMachines(homelab, { placement: item.placement, architectures: [] }).length > 0) return [];
      const { labels, machines } = item.placement;
      // A name that means nothing is `names-known`'s.
      if (machines.length > 0 && !machines.some((name) => own(homelab.machines, name) !== undefined)) return [];
      const at = [...path, "placement"];
      for (const [key, value] of Object.entries(labels)) {
        const values = [...new Set(all.flatMap((machine) => own(labelsOf(homelab, machine), key) ?? []))];
        if (values.includes(value)) continue;
        const keys = [...new Set(all.flatMap((machine) => Object.keys(labelsOf(homelab, machine))))];
        const didYouMean = values.length > 0 ? nearestName(value, values) : nearestName(key, keys);
        return [
          {
            path: at,
            value: `${key}: ${value}`,
            message: values.length > 0 ? `no machine has the label ${key}: ${value}` : `no machine has a label ${key}`,
            ...(values.length > 0 ? { expected: `one of ${listed(values)}` } : {}),
            didYouMean,
            fix: `Give a machine the label ${key}: ${value}, or correct the placement.`,
          },
        ];
      }
      const wanted = all.filter((machine) => machines.length === 0 || machines.includes(machine.name));
      const taints = [...new Set(wanted.flatMap((machine) => taintsOf(machine).filter((taint) => !tolerates(item.placement, taint)).map((taint) => `${taint.key}${taint.value === "" ? "" : `=${taint.value}`}:${taint.effect}`)))];
      return [
        {
          path: taints.length > 0 ? path : at,
          at: "key",
          message:
            taints.length > 0
              ? `no machine takes ${item.name}: it does not tolerate ${listed(taints)}`
              : `no machine takes ${item.name}: none has all that its placement asks for`,
          expected: "a machine that its pods may run on",
          fix: taints.length > 0 ? "Add placement: { tolerations: [...] }, remove the taint from a machine, or add a worker without it." : "Widen the placement.",
        },
      ];
    });
  },
};
