/** A daemon set has no number of replicas. */
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const daemonSetOnce: Check = {
  id: "daemon-set-once",
  severity: "error",
  summary: "A service of kind daemon-set has neither replicas nor scale.",
  why: "A DaemonSet runs once on each machine: the API has no field for a number, and an autoscaler refuses it (`no matches for the scale subresource`).",
  examples: {
    good: `
      apps:
        agent: { image: ghcr.io/example/agent:1.0.0, kind: daemon-set }`,
    bad: `
      apps:
        agent:
          image: ghcr.io/example/agent:1.0.0
          kind: daemon-set
          scale: { min: 2, max: 4, cpu: 70% } # ✗`,
  },
  check({ homelab, source }) {
    return servicesOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      if (item.kind !== "daemon-set") return [];
      const field = item.scale !== undefined ? "scale" : item.replicas !== 1 && source.has([...path, "replicas"]) ? "replicas" : undefined;
      if (field === undefined) return [];
      return [
        {
          path: [...path, field],
          value: field === "scale" ? undefined : String(item.replicas),
          message: `${item.name} is a daemon set, which runs once on each machine, and has ${field}`,
          expected: "kind: deployment, or no number",
          fix: `Remove ${field}, or use kind: deployment.`,
        },
      ];
    });
  },
};
