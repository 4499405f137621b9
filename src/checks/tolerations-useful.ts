/** A toleration is for a taint that some machine has. */
import { nearestName } from "../lib/nearest-name.ts";
import type { Check, CheckResult } from "./check.ts";
import { nodes, taintsOf } from "./derived/machines.ts";
import { workloadsOf } from "./derived/workloads.ts";

export const tolerationsUseful: Check = {
  id: "tolerations-useful",
  severity: "warning",
  summary: "A toleration names the key of a taint that a machine has, or of one that Kubernetes sets.",
  why: "A misspelt key tolerates nothing, and is found out only when the pods stay away.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12, taints: ["storage=slow:NoSchedule"] }
      apps:
        wiki: { image: ghcr.io/example/wiki:2.5.0, port: 80, host: wiki, placement: { tolerations: [{ key: storage }] } }`,
    bad: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12, taints: ["storage=slow:NoSchedule"] }
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          placement:
            tolerations:
              - { key: storrage } # ✗`,
  },
  check({ homelab }) {
    const keys = [...new Set(nodes(homelab).flatMap((machine) => taintsOf(machine).map((taint) => taint.key)))];
    return workloadsOf(homelab).flatMap(({ item, path }) =>
      item.placement.tolerations.flatMap((toleration, index): CheckResult[] => {
        if (keys.includes(toleration.key) || toleration.key === "" || /^node(?:-role)?\.kubernetes\.io\//.test(toleration.key)) return [];
        return [
          {
            path: [...path, "placement", "tolerations", index],
            value: toleration.key,
            message: `no machine has a taint ${toleration.key}`,
            ...(keys.length === 0 ? {} : { expected: `one of ${keys.join(", ")}` }),
            didYouMean: nearestName(toleration.key, keys),
            fix: "Correct the key, taint a machine, or remove the toleration.",
          },
        ];
      }),
    );
  },
};
