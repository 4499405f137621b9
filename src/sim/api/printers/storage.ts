import type { KubeObject } from "../../../objects/kube-object.ts";
import { age, lengthOf, quantityText, type Cell } from "./cells.ts";

const ACCESS_MODES: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

function accessModes(modes: readonly string[] | undefined): string {
  return ACCESS_MODES.filter(([mode]) => modes?.includes(mode)).map(([, short]) => short).join(",");
}

/** The annotation of old still wins over the field. */
function className(object: KubeObject): string {
  return object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? object["spec"]?.storageClassName ?? "";
}

const phaseOf = (object: KubeObject): string => (object.metadata.deletionTimestamp ? "Terminating" : (object["status"]?.phase ?? ""));

export function printPersistentVolume(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  return [
    object.metadata.name,
    quantityText(spec.capacity?.storage),
    accessModes(spec.accessModes),
    spec.persistentVolumeReclaimPolicy ?? "",
    phaseOf(object),
    spec.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "",
    className(object),
    spec.volumeAttributesClassName ?? "<unset>",
    status.reason ?? "",
    age(object, nowMs),
    spec.volumeMode ?? "<unset>",
  ];
}

export function printPersistentVolumeClaim(object: KubeObject, nowMs: number): Cell[] {
  const { spec = {}, status = {} } = object;
  const isBound = Boolean(spec.volumeName);
  return [
    object.metadata.name,
    phaseOf(object),
    spec.volumeName ?? "",
    isBound ? quantityText(status.capacity?.storage) : "",
    isBound ? accessModes(status.accessModes) : "",
    className(object),
    spec.volumeAttributesClassName ?? "<unset>",
    age(object, nowMs),
    spec.volumeMode ?? "<unset>",
  ];
}

export function printStorageClass(object: KubeObject, nowMs: number): Cell[] {
  const annotations = object.metadata.annotations ?? {};
  const isDefault = annotations["storageclass.kubernetes.io/is-default-class"] === "true" || annotations["storageclass.beta.kubernetes.io/is-default-class"] === "true";
  return [
    `${object.metadata.name}${isDefault ? " (default)" : ""}`,
    object["provisioner"] ?? "",
    object["reclaimPolicy"] ?? "Delete",
    object["volumeBindingMode"] ?? "Immediate",
    object["allowVolumeExpansion"] ?? false,
    age(object, nowMs),
  ];
}

export function printVolumeAttributesClass(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, object["driverName"] ?? "", age(object, nowMs)];
}

export function printVolumeAttachment(object: KubeObject, nowMs: number): Cell[] {
  const spec = object["spec"] ?? {};
  return [object.metadata.name, spec.attacher ?? "", spec.source?.persistentVolumeName ?? "", spec.nodeName ?? "", object["status"]?.attached ?? false, age(object, nowMs)];
}

export function printCsiNode(object: KubeObject, nowMs: number): Cell[] {
  return [object.metadata.name, lengthOf(object["spec"]?.drivers), age(object, nowMs)];
}

export function printCsiDriver(object: KubeObject, nowMs: number): Cell[] {
  const spec = object["spec"] ?? {};
  const audiences = (spec.tokenRequests as { audience: string }[] | undefined)?.map((one) => one.audience).join(",");
  return [
    object.metadata.name,
    spec.attachRequired ?? true,
    spec.podInfoOnMount ?? false,
    spec.storageCapacity ?? false,
    audiences ?? "<unset>",
    spec.requiresRepublish ?? false,
    ((spec.volumeLifecycleModes ?? []) as string[]).join(",") || "<none>",
    age(object, nowMs),
  ];
}
