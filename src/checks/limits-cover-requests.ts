/** A limit is not below what is requested. */
import type { Check, CheckResult } from "./check.ts";
import { databasesOf, workloadsOf } from "./derived/workloads.ts";

export const limitsCoverRequests: Check = {
  id: "limits-cover-requests",
  severity: "error",
  summary: "A container's limits are not below its requests.",
  why: "The API refuses the pod: `must be less than or equal to memory limit`.",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, host: api, resources: { memory: 256Mi, limits: { memory: 512Mi } } }`,
    bad: `
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          host: api
          resources: { memory: 512Mi, limits: { memory: 256Mi } } # ✗`,
  },
  check({ homelab }) {
    return [...workloadsOf(homelab), ...databasesOf(homelab)].flatMap(({ item, path }) =>
      (["cpu", "memory"] as const).flatMap((what): CheckResult[] => {
        const request = item.resources.requests[what];
        const limit = item.resources.limits[what];
        if (limit === undefined || limit.value >= request.value) return [];
        return [
          {
            path: [...path, "resources"],
            value: limit.text,
            message: `${item.name} requests ${request.text} of ${what} and is limited to ${limit.text}`,
            expected: `a limit of at least ${request.text}`,
            fix: "Raise the limit, or lower the request.",
          },
        ];
      }),
    );
  },
};
