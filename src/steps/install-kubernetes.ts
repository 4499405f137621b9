/** kubeadm, kubelet and kubectl of the version that the file names, and the kubelet's unit. A newer version on a machine that has joined is an upgrade's business. */
import { kubernetesBinary } from "../manifests/cluster/artifacts.ts";
import { KUBELET_DROP_IN, KUBELET_DROP_IN_PATH, KUBELET_UNIT, KUBELET_UNIT_PATH } from "../manifests/cluster/kubelet-unit.ts";
import { artifactChange } from "./artifact-change.ts";
import type { Change } from "./change.ts";
import type { Step, Want } from "./step.ts";
import { unitChanges } from "./unit-change.ts";

export const KUBERNETES_PROGRAMS = ["kubeadm", "kubelet", "kubectl"] as const;
const pathOf = (name: string): string => `/usr/local/bin/${name}`;

export function usesKubeadm({ homelab, machine }: Pick<Want, "homelab" | "machine">): boolean {
  return homelab.kubernetes.distribution === "kubeadm" && (machine.roles.includes("control-plane") || machine.roles.includes("worker"));
}

export const installKubernetes: Step = {
  id: "install-kubernetes",
  summary: "installs kubeadm, kubelet and kubectl",
  concerns: usesKubeadm,
  questions: () => ({ stamps: KUBERNETES_PROGRAMS.map(pathOf), files: [KUBELET_UNIT_PATH, KUBELET_DROP_IN_PATH], units: ["kubelet.service"] }),
  decide(facts, want) {
    const changes: Change[] = [];
    for (const name of KUBERNETES_PROGRAMS) {
      const change = artifactChange(facts, want, "install-kubernetes", kubernetesBinary(want.homelab, want.machine, name), [{ path: pathOf(name), mode: "0755" }]);
      if (change === undefined) continue;
      if ("refused" in change) return change;
      changes.push(change);
    }
    const hasJoined = facts.kubernetes.kubeadm?.hasJoined === true;
    const restartWhy = changes.some(({ summary }) => summary.startsWith("install kubelet")) ? "its binary is new" : undefined;
    changes.push(
      ...unitChanges(facts, want, {
        step: "install-kubernetes",
        unit: "kubelet.service",
        unitFiles: [{ path: KUBELET_UNIT_PATH, content: { text: KUBELET_UNIT }, mode: "0644" }, { path: KUBELET_DROP_IN_PATH, content: { text: KUBELET_DROP_IN }, mode: "0644" }],
        configuration: [],
        restartRisk: "disrupts",
        restartWhy: hasJoined ? restartWhy : undefined,
        // kubeadm starts it when it has something to read.
        isStarted: hasJoined,
        hint: "journalctl -u kubelet shows what it says",
      }),
    );
    return changes;
  },
};
