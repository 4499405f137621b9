/** The version is one that its distribution publishes. */
import { kubernetesMinor, parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Check } from "./check.ts";

export const versionMatchesDistribution: Check = {
  id: "version-matches-distribution",
  severity: "error",
  summary: "A k3s version ends in +k3sN, a kubeadm version has no such end.",
  why: "k3s releases are named v1.36.1+k3s1, upstream's v1.36.3: the other name is downloaded from nowhere.",
  examples: {
    good: `
      kubernetes: { distribution: k3s, version: v1.36.1+k3s1 }`,
    bad: `
      kubernetes:
        distribution: k3s
        version: v1.36.1 # ✗`,
  },
  check({ homelab }) {
    const { distribution, version } = homelab.kubernetes;
    const parsed = parseKubernetesVersion(version);
    const path = ["kubernetes", "version"];
    if (parsed === undefined) return [];
    const bare = `v${parsed.major}.${parsed.minor}.${parsed.patch}`;
    if (distribution === "k3s" && !/^k3s\d+$/.test(parsed.build ?? "")) {
      const known = kubernetesMinor(parsed.minor)?.k3s;
      const nearest = known?.startsWith(`${bare}+`) ? known : `${bare}+k3s1`;
      return [{ path, value: version, message: `${version} is not a version of k3s`, expected: "a version such as v1.36.1+k3s1", didYouMean: nearest, fix: `Write version: ${nearest}, or distribution: kubeadm.` }];
    }
    if (distribution === "kubeadm" && parsed.build !== undefined) {
      return [{ path, value: version, message: `${version} is not a version of Kubernetes that kubeadm installs`, expected: "a version such as v1.36.3", didYouMean: bare, fix: `Write version: ${bare}, or distribution: k3s.` }];
    }
    return [];
  },
};
