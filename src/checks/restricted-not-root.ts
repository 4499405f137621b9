/** What is called restricted does not run as root. */
import type { Check, CheckResult } from "./check.ts";
import { workloadsOf } from "./derived/workloads.ts";

const LEVELS = ["privileged", "baseline", "restricted"];

export const restrictedNotRoot: Check = {
  id: "restricted-not-root",
  severity: "error",
  summary: "A restricted container does not run as user 0, and no container asks for more than its app's level.",
  why: "Pod Security refuses the pod at admission: `runAsNonRoot != true` (kubernetes.io, pod security standards).",
  examples: {
    good: `
      apps:
        api: { image: ghcr.io/example/api:2.3.0, port: 3000, host: api, security: restricted, runAs: { user: 1000 } }`,
    bad: `
      apps:
        api:
          image: ghcr.io/example/api:2.3.0
          port: 3000
          host: api
          security: restricted
          runAs: { user: 0 } # ✗`,
  },
  check({ homelab }) {
    return workloadsOf(homelab).flatMap(({ app, item, path }): CheckResult[] => {
      if (item.security === "restricted" && item.runAs.user === 0) {
        return [{ path: [...path, "runAs", "user"], value: "0", message: `${item.name} is restricted and runs as root`, expected: "a user other than 0", fix: "Set runAs: { user: 1000 } if the image allows it, or security: baseline." }];
      }
      if (LEVELS.indexOf(item.security) < LEVELS.indexOf(app.security)) {
        return [{ path: [...path, "security"], value: item.security, message: `${item.name} asks for ${item.security}, and the namespace of ${app.name} allows ${app.security}`, expected: app.security, fix: `Set security: ${item.security} on the app, or ${app.security} here.` }];
      }
      return [];
    });
  },
};
