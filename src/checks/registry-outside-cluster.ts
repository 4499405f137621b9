/** Images do not come from an app of the same cluster. */
import type { Check } from "./check.ts";
import { routedHosts } from "./derived/hosts.ts";
import { registryOf } from "./derived/image.ts";
import { workloadsOf } from "./derived/workloads.ts";

export const registryOutsideCluster: Check = {
  id: "registry-outside-cluster",
  severity: "warning",
  summary: "Images do not come from a registry that this cluster serves.",
  why: "A pod that moves to a machine without the image must pull it through the cluster's own ingress; when the registry or the ingress is what moved, nothing comes back (seen: 51 failed pulls, 7.5 hours).",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop }`,
    bad: `
      apps:
        registry: { image: ghcr.io/example/registry:3.0.0, port: 5000, host: registry }
        shop: { image: registry.maison.example/shop:2.0.1, port: 80, host: shop } # ✗`,
  },
  check({ homelab }) {
    const hosts = new Set(routedHosts(homelab).map((entry) => entry.host));
    return workloadsOf(homelab).flatMap(({ item, path }) => {
      const registry = registryOf(item.image).split(":")[0] ?? "";
      if (!hosts.has(registry)) return [];
      return [
        {
          path: [...path, "image"],
          value: item.image,
          message: `the image comes from ${registry}, which this cluster serves`,
          expected: "a registry that answers while the cluster is down",
          fix: "Keep the images that the cluster needs to start on a registry outside it, or mirror it under registries.",
        },
      ];
    });
  },
};
