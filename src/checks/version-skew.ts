/** What runs on the machines is within reach of the version in the file. */
import { parseKubernetesVersion } from "../config/kubernetes-versions.ts";
import type { Check, CheckResult } from "./check.ts";
import { nodes } from "./derived/machines.ts";

/** kubernetes.io, version skew policy: a kubelet may be three minors older than the API server, never newer. */
const KUBELET_OLDER_MAX = 3;

export const versionSkew: Check = {
  id: "version-skew",
  severity: "error",
  summary: "Machines run the wanted version or the minor before it; kubelets are never newer, nor more than three minors older.",
  why: "kubernetes.io, version skew policy: upgrades go one minor at a time, an older API server does not understand a newer kubelet, and nobody downgrades.",
  examples: {
    good: `
      kubernetes: { version: v1.36.1+k3s1 }
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }`,
    bad: `
      kubernetes: { version: v1.36.1+k3s1 } # ✗
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }`,
    facts: { good: { pi1: { kubeletVersion: "v1.35.6+k3s1" } }, bad: { pi1: { kubeletVersion: "v1.33.2+k3s1" } } },
  },
  check({ homelab, facts }) {
    const wanted = parseKubernetesVersion(homelab.kubernetes.version);
    if (facts === undefined || wanted === undefined) return [];
    return nodes(homelab).flatMap((machine): CheckResult[] => {
      const text = facts[machine.name]?.kubeletVersion;
      const running = text === undefined ? undefined : parseKubernetesVersion(text);
      if (text === undefined || running === undefined) return [];
      const behind = wanted.minor - running.minor;
      const path = ["kubernetes", "version"];
      if (behind < 0) {
        return [{ path, value: homelab.kubernetes.version, message: `${machine.name} runs ${text}, newer than the file's ${homelab.kubernetes.version}: Kubernetes cannot be downgraded`, expected: `1.${running.minor}`, fix: `Write version: ${text}, or restore a backup from before its upgrade.` }];
      }
      const isControlPlane = machine.roles.includes("control-plane");
      if (isControlPlane ? behind <= 1 : behind <= KUBELET_OLDER_MAX) return [];
      return [
        {
          path,
          value: homelab.kubernetes.version,
          message: `${machine.name} runs ${text}, ${behind} minor versions behind ${homelab.kubernetes.version}`,
          expected: isControlPlane ? `1.${running.minor + 1}, the next minor` : `at most 1.${running.minor + KUBELET_OLDER_MAX}`,
          fix: `Go one minor version at a time: write a version of 1.${running.minor + 1}, upgrade, then the next.`,
        },
      ];
    });
  },
};
