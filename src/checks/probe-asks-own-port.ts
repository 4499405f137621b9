/** A probe asks a port that the container listens on. */
import type { Check, CheckResult } from "./check.ts";
import { probesOf } from "./derived/probes.ts";
import { servicesOf } from "./derived/workloads.ts";

export const probeAsksOwnPort: Check = {
  id: "probe-asks-own-port",
  severity: "warning",
  summary: "A probe's port is one of the container's.",
  why: "A probe of a port on which nothing listens fails for ever: the pod is never ready, or restarted again and again.",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, host: api, health: { path: /healthz, port: 3000 } }`,
    bad: `
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          host: api
          health: { path: /healthz, port: 8080 } # ✗`,
  },
  check({ homelab }) {
    return servicesOf(homelab).flatMap(({ item, path }) => {
      const ports = item.ports.map((port) => port.containerPort);
      if (ports.length === 0) return [];
      return probesOf(item).flatMap(({ what, field, probe }): CheckResult[] => {
        const { check } = probe;
        if (check.kind === "exec" || ports.includes(check.port)) return [];
        return [
          {
            path: [...path, field],
            value: String(check.port),
            message: `port ${check.port} of the ${what} is none on which the container listens (${ports.join(", ")})`,
            expected: ports.join(" or "),
            fix: "Ask a port of the container, or add the port to ports.",
          },
        ];
      });
    });
  },
};
