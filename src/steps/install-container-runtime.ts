/** containerd, runc and the network plugins, as upstream releases them: a distribution's own are often too old for the Kubernetes that the file asks for. */
import { cniPluginsArchive, containerdArchive, runcBinary } from "../manifests/cluster/artifacts.ts";
import { artifactChange, type Placed } from "./artifact-change.ts";
import type { Change } from "./change.ts";
import type { Step, Want } from "./step.ts";

export const CONTAINERD_PLACED: readonly Placed[] = ["containerd", "containerd-shim-runc-v2", "ctr"].map((name) => ({ member: `bin/${name}`, path: `/usr/local/bin/${name}`, mode: "0755" }));
export const RUNC_PLACED: readonly Placed[] = [{ path: "/usr/local/sbin/runc", mode: "0755" }];
/** Those that flannel, Calico and the others chain; the archive has more. */
export const CNI_PLACED: readonly Placed[] = ["bridge", "host-local", "loopback", "portmap", "bandwidth", "firewall", "tuning"].map((name) => ({ member: `./${name}`, path: `/opt/cni/bin/${name}`, mode: "0755" }));

export function usesContainerd({ homelab, machine }: Pick<Want, "homelab" | "machine">): boolean {
  const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
  return isNode && homelab.kubernetes.distribution === "kubeadm" && homelab.kubernetes.containerRuntime === "containerd";
}

export const installContainerRuntime: Step = {
  id: "install-container-runtime",
  summary: "installs containerd, runc and the network plugins",
  concerns: usesContainerd,
  questions: () => ({ stamps: [...CONTAINERD_PLACED, ...RUNC_PLACED, ...CNI_PLACED].map(({ path }) => path) }),
  decide(facts, want) {
    const changes: Change[] = [];
    const parts = [[runcBinary(want.machine), RUNC_PLACED], [containerdArchive(want.machine), CONTAINERD_PLACED], [cniPluginsArchive(want.machine), CNI_PLACED]] as const;
    for (const [artifact, placed] of parts) {
      const change = artifactChange(facts, want, "install-container-runtime", artifact, placed);
      if (change === undefined) continue;
      if ("refused" in change) return change;
      changes.push(change);
    }
    // Pods go on under their shims while containerd is started anew.
    const isRunning = facts.units["containerd.service"]?.active === "active";
    if (isRunning && changes.some(({ summary }) => summary.startsWith("install containerd")))
      changes.push({ step: "install-container-runtime", summary: "restart containerd", why: "its binary is new", risk: "disrupts", run: [{ do: "script", script: { text: "systemctl restart containerd" }, shown: "systemctl restart containerd", deadlineMs: 90_000 }] });
    return changes;
  },
};

