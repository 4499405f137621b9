/** Two things are not mounted at one path. */
import type { Check, CheckResult } from "./check.ts";
import { workloadsOf } from "./derived/workloads.ts";

export const mountsApart: Check = {
  id: "mounts-apart",
  severity: "error",
  summary: "No two mounts of a container have the same path.",
  why: "The API refuses the pod: `mountPath: Invalid value: must be unique`.",
  examples: {
    good: `
      apps:
        wiki: { image: ghcr.io/example/wiki:2.5.0, port: 80, host: wiki, volumes: { data: 5Gi, cache: 1Gi }, mounts: { data: /data, cache: /cache } }`,
    bad: `
      apps:
        wiki:
          image: ghcr.io/example/wiki:2.5.0
          port: 80
          host: wiki
          volumes: { data: 5Gi, cache: 1Gi }
          mounts:
            data: /data
            cache: /data # ✗`,
  },
  check({ homelab }) {
    return workloadsOf(homelab).flatMap(({ item, path }) => {
      const owners = new Map<string, string>();
      return item.mounts.flatMap((mount, index): CheckResult[] => {
        const at = mount.path.replace(/\/+$/, "") || "/";
        const earlier = owners.get(at);
        if (earlier === undefined) {
          owners.set(at, mount.name);
          return [];
        }
        return [{ path: [...path, "mounts", index], value: mount.path, message: `${mount.name} and ${earlier} are both mounted at ${at}`, expected: "a path of its own", fix: "Give one of them another path." }];
      });
    });
  },
};
