/** Waits on a node until the cluster calls it ready again: the next one may only then be disturbed. */
import type { WaitUntil } from "./change.ts";

const READY_DEADLINE_MS = 5 * 60_000;

export const kubeletReady: WaitUntil = {
  do: "wait",
  until: { text: `[ "$(kubectl --kubeconfig /etc/kubernetes/kubelet.conf get node "$(hostname | tr A-Z a-z)" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' 2>&1 | tee /dev/stderr)" = True ]` },
  whatFor: "the cluster calls the node ready",
  deadlineMs: READY_DEADLINE_MS,
  intervalMs: 2_000,
  hint: "journalctl -u kubelet on the machine says more",
};
