/** The Kubernetes version is in the table of this release of Kubernest. */
import { KUBERNETES_VERSIONS, KUBERNETES_VERSIONS_DATE, kubernetesSupport, parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Check } from "./check.ts";

export const versionKnown: Check = {
  id: "version-known",
  severity: "warning",
  summary: "The Kubernetes version is not newer than the ones that Kubernest knows.",
  why: "What a newer version removed or changed is not in the checks, nor in the rehearsal's constants, of this release.",
  examples: {
    good: `
      kubernetes: { version: v1.36.1+k3s1 }`,
    bad: `
      kubernetes: { version: v1.52.0+k3s1 } # ✗`,
  },
  check({ homelab, today }) {
    const { version } = homelab.kubernetes;
    const parsed = parseKubernetesVersion(version);
    const newest = KUBERNETES_VERSIONS.at(-1);
    if (parsed === undefined || newest === undefined) return [];
    if (parsed.major === 1 && kubernetesSupport(parsed.minor, today).state !== "unknown") return [];
    return [
      {
        path: ["kubernetes", "version"],
        value: version,
        message: `${version} is newer than the versions known on ${KUBERNETES_VERSIONS_DATE}, the last being 1.${newest.minor}`,
        expected: `1.${newest.minor} or older`,
        fix: "Update Kubernest, or correct the version.",
      },
    ];
  },
};
