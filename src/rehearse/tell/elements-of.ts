/** What a scenario can strike in a homelab. */
import type { Homelab } from "../../config/homelab.ts";
import type { Elements } from "../../scenarios/check-targets.ts";

export function elementsOf(homelab: Homelab): Elements {
  return {
    machines: Object.keys(homelab.machines),
    servers: Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane")).map(({ name }) => name),
    siteParts: Object.keys(homelab.site),
    apps: Object.keys(homelab.apps),
    hasEtcd: homelab.kubernetes.datastore.kind === "etcd",
  };
}
