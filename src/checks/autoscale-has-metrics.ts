/** Automatic scaling has something to measure. */
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const autoscaleHasMetrics: Check = {
  id: "autoscale-has-metrics",
  severity: "error",
  summary: "A service that scales runs where metrics-server does.",
  why: "The autoscaler reads usage from metrics-server: without it it says FailedGetResourceMetric and never scales (kubernetes.io, horizontal pod autoscaling).",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, host: api, scale: { min: 2, max: 4, cpu: 70% } }`,
    bad: `
      platform: { metrics: false }
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          host: api
          scale: { min: 2, max: 4, cpu: 70% } # ✗`,
  },
  check({ homelab }) {
    const isOff = !homelab.platform.metrics.enabled || (homelab.kubernetes.distribution === "k3s" && homelab.kubernetes.disable.includes("metrics-server"));
    if (!isOff) return [];
    return servicesOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      if (item.scale === undefined) return [];
      return [{ path: [...path, "scale"], message: `${item.name} scales by usage, and metrics-server is off`, expected: "platform.metrics: true", fix: "Set platform: { metrics: true }, or a fixed number of replicas." }];
    });
  },
};
