/** containerd with runc, or CRI-O, and the network plugins, as upstream releases them: a distribution's own are often too old for the Kubernetes that the file asks for. */
import { cniPluginsArchive, containerdArchive, crioArchive, type ReleaseFile, runcBinary } from "../manifests/cluster/artifacts.ts";
import { artifactChange, type Placed } from "./artifact-change.ts";
import type { Change } from "./change.ts";
import type { Step, Want } from "./step.ts";

export const CONTAINERD_PLACED: readonly Placed[] = ["containerd", "containerd-shim-runc-v2", "ctr"].map((name) => ({ member: `bin/${name}`, path: `/usr/local/bin/${name}`, mode: "0755" }));
export const RUNC_PLACED: readonly Placed[] = [{ path: "/usr/local/sbin/runc", mode: "0755" }];
/** CRI-O's bundle: with the runtime and the monitor that upstream tries it with. */
export const CRIO_PLACED: readonly Placed[] = ["crio", "crio-conmon", "crio-crun", "pinns", "crictl"].map((name) => ({ member: `cri-o/bin/${name}`, path: `/usr/local/bin/${name}`, mode: "0755" }));
/** Those that flannel, Calico and the others chain; the archive has more. */
export const CNI_PLACED: readonly Placed[] = ["bridge", "host-local", "loopback", "portmap", "bandwidth", "firewall", "tuning"].map((name) => ({ member: `./${name}`, path: `/opt/cni/bin/${name}`, mode: "0755" }));

function runs({ homelab, machine }: Pick<Want, "homelab" | "machine">, runtime: "containerd" | "cri-o"): boolean {
  const isNode = machine.roles.includes("control-plane") || machine.roles.includes("worker");
  return isNode && homelab.kubernetes.distribution === "kubeadm" && homelab.kubernetes.containerRuntime === runtime;
}

export const usesContainerd = (want: Pick<Want, "homelab" | "machine">): boolean => runs(want, "containerd");
export const usesCrio = (want: Pick<Want, "homelab" | "machine">): boolean => runs(want, "cri-o");

/** What each comes as, and where its parts go; the daemon first, by its unit's name. */
function partsOf(want: Want): { readonly daemon: string; readonly parts: readonly (readonly [ReleaseFile, readonly Placed[]])[] } {
  const plugins = [cniPluginsArchive(want.machine), CNI_PLACED] as const;
  if (usesCrio(want)) return { daemon: "crio", parts: [[crioArchive(want.homelab, want.machine), CRIO_PLACED], plugins] };
  return { daemon: "containerd", parts: [[runcBinary(want.machine), RUNC_PLACED], [containerdArchive(want.machine), CONTAINERD_PLACED], plugins] };
}

export const installContainerRuntime: Step = {
  id: "install-container-runtime",
  summary: "installs containerd and runc, or CRI-O, and the network plugins",
  concerns: (want) => usesContainerd(want) || usesCrio(want),
  questions: (want) => ({ stamps: partsOf(want).parts.flatMap(([, placed]) => placed.map(({ path }) => path)), units: [`${partsOf(want).daemon}.service`] }),
  decide(facts, want) {
    const changes: Change[] = [];
    const { daemon, parts } = partsOf(want);
    let isDaemonNew = false;
    for (const [artifact, placed] of parts) {
      const change = artifactChange(facts, want, "install-container-runtime", artifact, placed);
      if (change === undefined) continue;
      if ("refused" in change) return change;
      changes.push(change);
      isDaemonNew ||= placed.some(({ path }) => path === `/usr/local/bin/${daemon}`);
    }
    // Pods go on under their shims or monitors while it is started anew.
    if (isDaemonNew && facts.units[`${daemon}.service`]?.active === "active")
      changes.push({ step: "install-container-runtime", summary: `restart ${daemon}`, why: "its binary is new", risk: "disrupts", run: [{ do: "script", script: { text: `systemctl restart ${daemon}` }, shown: `systemctl restart ${daemon}`, deadlineMs: 90_000 }] });
    return changes;
  },
};

