/** Waits on a node of k3s until the cluster calls it ready again: the next one may only then be disturbed. */
import type { Homelab } from "../config/homelab.ts";
import { shellWords } from "../lib/shell-quote.ts";
import type { K3sRole } from "../manifests/cluster/k3s-unit.ts";
import type { WaitUntil } from "./change.ts";

const READY_DEADLINE_MS = 5 * 60_000;

/** k3s' own kubectl, as the administrator on a server and as the node itself on an agent. */
export function k3sKubectl(homelab: Homelab, role: K3sRole): string {
  const { dataDir } = homelab.kubernetes;
  return `k3s kubectl --kubeconfig ${shellWords([role === "server" ? `${dataDir}/server/cred/admin.kubeconfig` : `${dataDir}/agent/kubelet.kubeconfig`])}`;
}

export function k3sReady(homelab: Homelab, role: K3sRole, hostname: string): WaitUntil {
  return {
    do: "wait",
    // What it says beside the answer is for people: it may warn and still be right.
    until: { text: `state=$(${k3sKubectl(homelab, role)} get node ${hostname} -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') && [ "$state" = True ] || { echo "Ready is \${state:-not known}"; exit 1; }` },
    whatFor: "the cluster calls the node ready",
    deadlineMs: READY_DEADLINE_MS,
    intervalMs: 2_000,
    hint: `journalctl -u ${role === "server" ? "k3s" : "k3s-agent"} on the machine says more`,
  };
}
