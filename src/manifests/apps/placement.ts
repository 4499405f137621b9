/** Where an app's pods may run: labels, machines, tolerations, spread over machines and site parts, near to or away from other services. */
import type { IAffinity } from "kubernetes-models/v1/Affinity";
import type { INodeAffinity } from "kubernetes-models/v1/NodeAffinity";
import type { IToleration } from "kubernetes-models/v1/Toleration";
import type { ITopologySpreadConstraint } from "kubernetes-models/v1/TopologySpreadConstraint";
import type { App, Homelab, Placement } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { SITE_LABEL_PREFIX, objectName, selectorLabels } from "../names.ts";

const HOSTNAME = "kubernetes.io/hostname";

/** The highest weight a preference may have (API validation: 1–100). */
const STRONGEST = 100;

export function topologyKey(over: Placement["spread"][number]["over"]): string {
  return over === "machine" ? HOSTNAME : `${SITE_LABEL_PREFIX}${over}`;
}

/** `countRevisions`: true where pods of several revisions live at once under one selector (Deployments): only the new revision's pods are then counted. */
export function renderSpread(placement: Placement, selector: Record<string, string>, countRevisions: boolean): ITopologySpreadConstraint[] | undefined {
  if (placement.spread.length === 0) return undefined;
  return placement.spread.map((spread) => ({
    maxSkew: spread.maxSkew,
    topologyKey: topologyKey(spread.over),
    whenUnsatisfiable: spread.required ? "DoNotSchedule" : "ScheduleAnyway",
    labelSelector: { matchLabels: selector },
    ...(countRevisions ? { matchLabelKeys: ["pod-template-hash"] } : {}),
  }));
}

export function renderTolerations(placement: Placement): IToleration[] | undefined {
  if (placement.tolerations.length === 0) return undefined;
  return placement.tolerations.map((toleration) => ({
    key: toleration.key,
    operator: toleration.value === undefined ? "Exists" : "Equal",
    ...(toleration.value === undefined ? {} : { value: toleration.value }),
    ...(toleration.effect === undefined ? {} : { effect: toleration.effect }),
    ...(toleration.seconds === undefined ? {} : { tolerationSeconds: toleration.seconds }),
  }));
}

export function renderNodeSelector(placement: Placement): Record<string, string> | undefined {
  return Object.keys(placement.labels).length === 0 ? undefined : { ...placement.labels };
}

export function renderAffinity(homelab: Homelab, app: App, placement: Placement): IAffinity | undefined {
  const affinity: IAffinity = {};
  if (placement.machines.length > 0) {
    // A node is named by its machine's host name.
    const values = placement.machines.map((name) => own(homelab.machines, name)?.hostname ?? name);
    affinity.nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME, operator: "In", values }] }] } } satisfies INodeAffinity;
  }
  const terms = (services: readonly string[]) => services.map((service) => ({
    weight: STRONGEST,
    podAffinityTerm: { labelSelector: { matchLabels: selectorLabels(app, objectName(app, service)) }, topologyKey: HOSTNAME },
  }));
  if (placement.near.length > 0) affinity.podAffinity = { preferredDuringSchedulingIgnoredDuringExecution: terms(placement.near) };
  if (placement.apart.length > 0) affinity.podAntiAffinity = { preferredDuringSchedulingIgnoredDuringExecution: terms(placement.apart) };
  return Object.keys(affinity).length === 0 ? undefined : affinity;
}
