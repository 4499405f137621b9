/** Claims get the default class, and volumes and claims are protected while they are used. */
import { compareQuantities } from "../../../lib/quantity.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { Loose } from "../defaults/loose.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { isCore, refuse } from "./refuse.ts";

const IS_DEFAULT = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"] as const;
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const CLASSES = "storage.k8s.io/storageclasses";

/** The newest of what is marked as default; by name where two are of the same second. */
export function newestDefault(candidates: readonly KubeObject[]): KubeObject | undefined {
  return [...candidates].sort((a, b) => {
    const newer = (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "");
    return newer !== 0 ? newer : a.metadata.name < b.metadata.name ? -1 : 1;
  })[0];
}

export const defaultStorageClass: AdmissionPlugin = {
  name: "DefaultStorageClass",
  resources: ["persistentvolumeclaims"],
  mutate(request) {
    if (request.operation !== "CREATE" || !isCore(request, "persistentvolumeclaims") || !request.object) return;
    const spec: Loose = (request.object.spec ??= {});
    if (spec.storageClassName !== undefined || request.object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const marked = request.client.list(CLASSES).filter((candidate) => IS_DEFAULT.some((key) => candidate.metadata.annotations?.[key] === "true"));
    const chosen = newestDefault(marked);
    if (chosen) spec.storageClassName = chosen.metadata.name;
  },
};

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  resources: ["persistentvolumeclaims", "persistentvolumes"],
  mutate(request) {
    if (request.operation !== "CREATE" || !request.object) return;
    if (isCore(request, "persistentvolumeclaims")) protect(request.object, "kubernetes.io/pvc-protection");
    else if (isCore(request, "persistentvolumes")) protect(request.object, "kubernetes.io/pv-protection");
  },
};

function protect(object: KubeObject, finalizer: string): void {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
}

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",
  resources: ["persistentvolumeclaims"],
  validate(request) {
    if (request.operation !== "UPDATE" || !isCore(request, "persistentvolumeclaims") || !request.object || !request.oldObject) return;
    const next: Loose = request.object.spec ?? {};
    const old: Loose = request.oldObject.spec ?? {};
    if (compareQuantities(next.resources?.requests?.storage ?? "0", old.resources?.requests?.storage ?? "0") <= 0) return;
    if (request.oldObject.status?.phase !== "Bound") throw refuse(request, "Only bound persistent volume claims can be expanded");
    const name: string = next.storageClassName ?? "";
    const found = name !== "" && name === old.storageClassName ? request.client.get(CLASSES, undefined, name) : undefined;
    if (found?.allowVolumeExpansion !== true) {
      throw refuse(request, "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize");
    }
  },
};
