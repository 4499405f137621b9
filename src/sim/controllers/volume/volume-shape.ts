/** PersistentVolumes and StorageClasses as their controllers read them, and which volume suits which claim (`pv_controller.go`, `volume/persistentvolume/index.go`). */
import { compareQuantities } from "../../../lib/quantity.ts";
import { selectorMatches } from "../../../lib/label-selector.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";
import type { Claim, NodeSelectorTerm } from "../shapes.ts";

export const VOLUMES = "persistentvolumes";
export const CLAIMS = "persistentvolumeclaims";
export const CLASSES = "storage.k8s.io/storageclasses";
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
export const STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner";
export const BETA_STORAGE_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner";

export interface PersistentVolume extends KubeObject {
  spec: {
    capacity?: Record<string, string>;
    accessModes?: string[];
    claimRef?: { kind?: string; apiVersion?: string; namespace?: string; name?: string; uid?: string; resourceVersion?: string };
    persistentVolumeReclaimPolicy?: string;
    storageClassName?: string;
    volumeMode?: string;
    nodeAffinity?: { required?: { nodeSelectorTerms: NodeSelectorTerm[] } };
    csi?: { driver: string; volumeHandle: string };
    [source: string]: unknown;
  };
  status?: { phase?: string; message?: string; reason?: string; lastPhaseTransitionTime?: string };
}

export interface StorageClass extends KubeObject {
  provisioner: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
  mountOptions?: string[];
}

export function classOf(client: SimClient, claim: Claim): StorageClass | undefined {
  const name = claim.spec.storageClassName;
  return name ? client.get<StorageClass>(CLASSES, undefined, name) : undefined;
}

export function isForClaim({ spec }: PersistentVolume, claim: Claim): boolean {
  const { claimRef } = spec;
  return claimRef?.name === claim.metadata.name && claimRef.namespace === claim.metadata.namespace && (!claimRef.uid || claimRef.uid === claim.metadata.uid);
}

const modeOf = (mode: string | undefined): string => mode ?? "Filesystem";
const sizeOf = (resources: Record<string, string> | undefined): string => resources?.["storage"] ?? "0";

/** Why this volume cannot serve this claim, in upstream's words, or undefined. */
export function mismatch(volume: PersistentVolume, claim: Claim): string | undefined {
  const requested = sizeOf(claim.spec.resources?.requests);
  if (compareQuantities(sizeOf(volume.spec.capacity), requested) < 0) return "requested PV is too small";
  if ((volume.spec.storageClassName ?? "") !== (claim.spec.storageClassName ?? "")) return "storageClassName does not match";
  if (modeOf(volume.spec.volumeMode) !== modeOf(claim.spec.volumeMode)) return "incompatible volumeMode";
  if (!(claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode))) return "incompatible accessMode";
  return undefined;
}

/** The volume made for this claim, else the smallest free one that suits; with delayed binding only the former: the scheduler chooses. */
export function bestMatch(client: SimClient, claim: Claim, isDelayed: boolean): PersistentVolume | undefined {
  let best: PersistentVolume | undefined;
  for (const volume of client.list<PersistentVolume>(VOLUMES)) {
    if (volume.metadata.deletionTimestamp !== undefined || modeOf(volume.spec.volumeMode) !== modeOf(claim.spec.volumeMode)) continue;
    if (isForClaim(volume, claim)) {
      if (compareQuantities(sizeOf(volume.spec.capacity), sizeOf(claim.spec.resources?.requests)) < 0) continue;
      return volume;
    }
    if (isDelayed || volume.spec.claimRef !== undefined || volume.status?.phase !== "Available" || mismatch(volume, claim) !== undefined) continue;
    if (claim.spec.selector !== undefined && !selectorMatches(claim.spec.selector, volume.metadata.labels)) continue;
    if (best === undefined || compareQuantities(sizeOf(volume.spec.capacity), sizeOf(best.spec.capacity)) < 0) best = volume;
  }
  return best;
}
