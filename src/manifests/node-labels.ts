/** Labels and taints of the node that a machine becomes: what the file says, its role, and the site parts it depends on. */
import type { Homelab, Machine, Taint } from "../config/homelab.ts";
import { partsCarrying } from "../config/parts-carrying.ts";
import { SITE_LABEL_PREFIX } from "./names.ts";

export const CONTROL_PLANE_TAINT: Taint = { key: "node-role.kubernetes.io/control-plane", value: "", effect: "NoSchedule" };

/** Prefixes under kubernetes.io and k8s.io that a kubelet may give to its own node (NodeRestriction admission, kubelet's `--node-labels`). */
const KUBELET_PREFIXES = ["kubelet.kubernetes.io/", "node.kubernetes.io/"];
const KUBELET_LABELS = new Set([
  "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
]);

/** `site.kubernest.dev/KIND=NAME` for each kind of site part that the machine hangs on directly; the first in the file where there are two of a kind. */
export function siteLabels(homelab: Homelab, machine: Machine): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const part of partsCarrying(homelab.site, machine.name)) labels[`${SITE_LABEL_PREFIX}${part.kind}`] ??= part.name;
  return labels;
}

/** Every label that the node should have beside those that Kubernetes gives. */
export function nodeLabels(homelab: Homelab, machine: Machine): Record<string, string> {
  return { ...siteLabels(homelab, machine), ...machine.labels };
}

/** Whether a kubelet may set a label on its own node; others are set through the API. */
export function isKubeletLabel(key: string): boolean {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? "" : key.slice(0, slash);
  const isReserved = prefix === "kubernetes.io" || prefix.endsWith(".kubernetes.io") || prefix === "k8s.io" || prefix.endsWith(".k8s.io");
  return !isReserved || KUBELET_LABELS.has(key) || KUBELET_PREFIXES.some((allowed) => key.startsWith(allowed));
}

export function kubeletLabels(homelab: Homelab, machine: Machine): Record<string, string> {
  return Object.fromEntries(Object.entries(nodeLabels(homelab, machine)).filter(([key]) => isKubeletLabel(key)));
}

/** The file's taints, and the one that keeps apps off a control plane that is no worker. */
export function nodeTaints(machine: Machine): Taint[] {
  const isOnlyControlPlane = machine.roles.includes("control-plane") && !machine.roles.includes("worker");
  const own = machine.taints.filter((taint) => taint.key !== CONTROL_PLANE_TAINT.key || taint.effect !== CONTROL_PLANE_TAINT.effect);
  return isOnlyControlPlane ? [CONTROL_PLANE_TAINT, ...own] : [...machine.taints];
}

/** `key=value:Effect`, as flags write it. */
export function taintText(taint: Taint): string {
  return `${taint.key}${taint.value === "" ? "" : `=${taint.value}`}:${taint.effect}`;
}
