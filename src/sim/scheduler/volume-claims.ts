/** The claims of a pod as the scheduler sees them: bound, waiting for the volume controller, or waiting for a node to be chosen. */
import { quantityNumber } from "../../lib/quantity.ts";
import { labelsInclude, selectorMatches } from "../../lib/label-selector.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient } from "../api/client.ts";
import type { Node } from "../kubelet/pod.ts";
import { nodeSelectorMatches } from "./node-selector.ts";
import type { PodInfo } from "./pod-info.ts";

export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const NO_PROVISIONER = "kubernetes.io/no-provisioner";

export interface PodClaims {
  bound: readonly KubeObject[];
  /** Unbound although their class binds at once: the pod has to wait. */
  unboundImmediate: readonly KubeObject[];
  /** `WaitForFirstConsumer`: bound or provisioned once a node is chosen. */
  unboundDelayed: readonly KubeObject[];
}

export function isClaimBound(claim: KubeObject): boolean {
  return Boolean(claim.spec?.volumeName) && (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined || claim.status?.phase === "Bound");
}

export function claimClass(claim: KubeObject): string {
  return claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? claim.spec?.storageClassName ?? "";
}

/** The claims, or upstream's text of what is wrong with one of them. */
export function podClaims(info: PodInfo, client: SimClient): PodClaims | string {
  const { pod } = info;
  const bound: KubeObject[] = [];
  const unboundImmediate: KubeObject[] = [];
  const unboundDelayed: KubeObject[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const isEphemeral = volume.ephemeral != null;
    const name = isEphemeral ? `${pod.metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = client.get("persistentvolumeclaims", pod.metadata.namespace, name);
    if (claim === undefined) {
      return isEphemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"` : `persistentvolumeclaim "${name}" not found`;
    }
    if (claim.status?.phase === "Lost") return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ""}"`;
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
    if (isEphemeral && !claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === pod.metadata.uid)) {
      return `PVC ${pod.metadata.namespace}/${name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`;
    }
    if (isClaimBound(claim)) bound.push(claim);
    else if (!claim.spec?.volumeName && bindsLate(claim, client)) unboundDelayed.push(claim);
    else unboundImmediate.push(claim);
  }
  return { bound, unboundImmediate, unboundDelayed };
}

function bindsLate(claim: KubeObject, client: SimClient): boolean {
  const name = claimClass(claim);
  return name !== "" && client.get("storage.k8s.io/storageclasses", undefined, name)?.volumeBindingMode === "WaitForFirstConsumer";
}

export function volumeReaches(volume: KubeObject, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return required == null || nodeSelectorMatches(required, node);
}

/** The smallest free volume that fits the claim and reaches the node (component-helpers `FindMatchingVolume`). */
export function matchingVolume(claim: KubeObject, volumes: readonly KubeObject[], node: Node, taken: ReadonlySet<string>): KubeObject | undefined {
  const wanted = quantityNumber(claim.spec?.resources?.requests?.storage);
  let best: KubeObject | undefined;
  let bestSize = Number.POSITIVE_INFINITY;
  for (const volume of volumes) {
    const { spec } = volume;
    if (taken.has(volume.metadata.name) || volume.metadata.deletionTimestamp !== undefined) continue;
    const owner = spec?.claimRef;
    const isOurs = owner?.name === claim.metadata.name && owner?.namespace === claim.metadata.namespace && (!owner.uid || owner.uid === claim.metadata.uid);
    if (owner && !isOurs) continue;
    if (!owner && volume.status?.phase !== undefined && volume.status.phase !== "Available") continue;
    if ((spec?.storageClassName ?? "") !== claimClass(claim)) continue;
    if ((spec?.volumeMode ?? "Filesystem") !== (claim.spec?.volumeMode ?? "Filesystem")) continue;
    if (claim.spec?.selector != null && !selectorMatches(claim.spec.selector, volume.metadata.labels)) continue;
    const modes: string[] = spec?.accessModes ?? [];
    if (!((claim.spec?.accessModes ?? []) as string[]).every((mode) => modes.includes(mode))) continue;
    const size = quantityNumber(spec?.capacity?.storage);
    if (size < wanted || !volumeReaches(volume, node)) continue;
    if (isOurs) return volume;
    if (size < bestSize) {
      best = volume;
      bestSize = size;
    }
  }
  return best;
}

export type ProvisionCheck = "possible" | "impossible" | "not enough storage";

/** Whether the class of a claim can make a volume for this node. */
export function canProvision(claim: KubeObject, node: Node, client: SimClient): ProvisionCheck {
  const storageClass = client.get("storage.k8s.io/storageclasses", undefined, claimClass(claim));
  if (storageClass === undefined || !storageClass.provisioner || storageClass.provisioner === NO_PROVISIONER) return "impossible";
  const topologies = (storageClass.allowedTopologies ?? []) as { matchLabelExpressions?: { key: string; values: string[] }[] }[];
  const reaches = topologies.some((term) =>
    (term.matchLabelExpressions ?? []).every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? "")),
  );
  if (topologies.length > 0 && !reaches) return "impossible";
  if (client.get("storage.k8s.io/csidrivers", undefined, storageClass.provisioner)?.spec?.storageCapacity !== true) return "possible";
  const wanted = quantityNumber(claim.spec?.resources?.requests?.storage);
  const hasRoom = client.list("storage.k8s.io/csistoragecapacities").some(
    (capacity) =>
      capacity.storageClassName === storageClass.metadata.name &&
      capacity.nodeTopology != null &&
      labelsInclude(node.metadata.labels, capacity.nodeTopology.matchLabels) &&
      quantityNumber(capacity.maximumVolumeSize ?? capacity.capacity) >= wanted,
  );
  return hasRoom ? "possible" : "not enough storage";
}
