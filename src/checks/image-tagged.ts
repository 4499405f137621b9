/** An image names the version that runs. */
import type { Check } from "./check.ts";
import { parseImage } from "./derived/image.ts";
import { workloadsOf } from "./derived/workloads.ts";

/** Tags that publishers move from release to release. */
const MOVING = new Set(["latest", "stable", "edge", "main", "master", "develop", "dev", "nightly"]);

export const imageTagged: Check = {
  id: "image-tagged",
  severity: "warning",
  summary: "Images have a tag of one version, or a digest; not `latest`, not none.",
  why: "With a moving tag two replicas may run different versions, a restart is an unplanned upgrade, and there is nothing to roll back to (kubernetes.io, images).",
  examples: {
    good: `
      apps:
        blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog }`,
    bad: `
      apps:
        blog: { image: ghcr.io/example/blog, port: 80, host: blog } # ✗
        shop: { image: "ghcr.io/example/shop:latest", port: 80, host: shop } # ✗`,
  },
  check({ homelab }) {
    return workloadsOf(homelab).flatMap(({ item, path }) => {
      const { tag, digest } = parseImage(item.image);
      if (digest !== undefined || (tag !== undefined && !MOVING.has(tag))) return [];
      return [
        {
          path: [...path, "image"],
          value: item.image,
          message: tag === undefined ? `the image ${item.image} has no tag, which means latest` : `the image's tag ${tag} moves from version to version`,
          expected: "a tag of one version, such as :1.4.2, or a digest",
          fix: "Write the version you tried; platform.imageUpdates proposes newer ones.",
        },
      ];
    });
  },
};
