/** Images come from registries that still publish them. */
import type { Check } from "./check.ts";
import { parseImage } from "./derived/image.ts";
import { workloadsOf } from "./derived/workloads.ts";

const MOVED: readonly { test: RegExp; what: string; instead: string }[] = [
  { test: /^k8s\.gcr\.io\//, what: "k8s.gcr.io is frozen since April 2023", instead: "registry.k8s.io" },
  { test: /^gcr\.io\/google[_-]containers\//, what: "gcr.io/google_containers is frozen since 2020", instead: "registry.k8s.io" },
  { test: /^docker\.io\/bitnami\//, what: "Bitnami's free images moved to an unmaintained archive in August 2025", instead: "the project's own image" },
  { test: /^quay\.io\/coreos\/flannel$/, what: "flannel's images moved", instead: "ghcr.io/flannel-io/flannel" },
  { test: /^registry\.k8s\.io\/ingress-nginx\//, what: "ingress-nginx was retired in March 2026", instead: "platform.ingress: traefik" },
  { test: /^docker\.io\/weaveworks\//, what: "Weave Net is no longer maintained since 2024", instead: "network: { cni: flannel }" },
];

export const imageRegistryCurrent: Check = {
  id: "image-registry-current",
  severity: "warning",
  summary: "Images do not come from registries and projects that were closed.",
  why: "A frozen registry serves old images until it serves none; nothing there gets fixes (kubernetes.io, k8s.gcr.io redirect and freeze).",
  examples: {
    good: `
      apps:
        pause: { image: registry.k8s.io/pause:3.10.1 }`,
    bad: `
      apps:
        pause: { image: k8s.gcr.io/pause:3.1 } # ✗`,
  },
  check({ homelab }) {
    return workloadsOf(homelab).flatMap(({ item, path }) => {
      const image = parseImage(item.image);
      const moved = MOVED.find((entry) => entry.test.test(`${image.registry}/${image.repository}`));
      if (moved === undefined) return [];
      return [{ path: [...path, "image"], value: item.image, message: `${item.image}: ${moved.what}`, expected: moved.instead, fix: `Use ${moved.instead}.` }];
    });
  },
};
