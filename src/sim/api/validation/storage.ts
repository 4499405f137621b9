/** Volumes, claims and storage classes. */
import { compareQuantities, quantityNano } from "../../../lib/quantity.ts";
import { equalJson } from "../../../lib/json.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { validateAccessModes, validateClaimSpec, VOLUME_MODES } from "./claim-spec.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notSupported, required, tooLong } from "./field.ts";
import { internalDiff } from "./internal-json.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dnsSubdomain, labelKey } from "./names.ts";
import { validateNodeSelector } from "./scheduling.ts";
import { validateCsiDriverName, validateHostPath, validateNfs } from "./volumes.ts";

const PARAMETER_BYTES_MAX = 256 * 1024;
const PARAMETERS_MAX = 512;
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const SOURCES = [
  "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs", "iscsi", "cinder", "fc", "flexVolume", "azureFile", "vsphereVolume",
  "photonPersistentDisk", "portworxVolume", "azureDisk", "scaleIO", "local", "storageos", "csi",
];

export function validateClaim(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  validateMetadata(errors, next.metadata, true, dnsSubdomain);
  validateClaimSpec(errors, "spec", next.spec ?? {});
  if (old) validateClaimUpdate(errors, next, old);
}

function validateClaimUpdate(errors: Errors, next: KubeObject, old: KubeObject): void {
  const spec: Loose = { ...next.spec };
  const before: Loose = { ...old.spec };
  if (!before.volumeName && spec.volumeName) before.volumeName = spec.volumeName;
  const annotation = next.metadata.annotations?.[CLASS_ANNOTATION] ?? "";
  const annotationBefore = old.metadata.annotations?.[CLASS_ANNOTATION] ?? "";
  if (annotation !== annotationBefore) invalid(errors, `metadata.annotations.${CLASS_ANNOTATION}`, annotation, "field is immutable");
  if (before.storageClassName === undefined && spec.storageClassName !== undefined && (!annotationBefore || annotationBefore === spec.storageClassName)) delete spec.storageClassName;
  const isBound = next.status?.phase === "Bound";
  const size: string = spec.resources?.requests?.storage ?? "0";
  const sizeBefore: string = before.resources?.requests?.storage ?? "0";
  if (isBound) {
    if (spec.resources?.requests) spec.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage: sizeBefore } };
    if (before.volumeAttributesClassName === undefined) delete spec.volumeAttributesClassName;
    else spec.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  if (!equalJson(spec, before)) {
    forbidden(errors, "spec", `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${internalDiff("PersistentVolumeClaimSpec", before, spec)}`);
  }
  if (compareQuantities(size, sizeBefore) < 0 && compareQuantities(size, next.status?.capacity?.storage ?? "0") <= 0) {
    forbidden(errors, "spec.resources.requests.storage", "field can not be less than status.capacity");
  }
  immutable(errors, "volumeMode", next.spec?.volumeMode, old.spec?.volumeMode);
}

export function validateClaimStatus(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  for (const name in next.status?.capacity) {
    if (quantityNano(next.status.capacity[name]) < 0n) invalid(errors, `status.capacity[${name}]`, next.status.capacity[name], "must be a valid resource quantity");
  }
}

export function validatePersistentVolume(errors: Errors, next: KubeObject, old?: KubeObject): void {
  validateMetadata(errors, next.metadata, false, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  const modes: string[] = spec.accessModes ?? [];
  if (modes.length === 0) required(errors, "spec.accessModes");
  validateAccessModes(errors, "spec.accessModes", modes);
  const capacity: Record<string, string> = spec.capacity ?? {};
  if (Object.keys(capacity).length === 0) required(errors, "spec.capacity");
  if (capacity.storage === undefined || Object.keys(capacity).length > 1) notSupported(errors, "spec.capacity", spec.capacity ?? null, ["storage"]);
  for (const name in capacity) {
    if (quantityNano(capacity[name]) <= 0n) invalid(errors, `spec.capacity[${name}]`, String(capacity[name]), "must be greater than zero");
  }
  const policies = ["Delete", "Recycle", "Retain"];
  if (spec.persistentVolumeReclaimPolicy && !policies.includes(spec.persistentVolumeReclaimPolicy)) {
    notSupported(errors, "spec.persistentVolumeReclaimPolicy", spec.persistentVolumeReclaimPolicy, policies);
  }
  if (spec.nodeAffinity) {
    if (spec.nodeAffinity.required) validateNodeSelector(errors, "spec.nodeAffinity.required", spec.nodeAffinity.required);
    else required(errors, "spec.nodeAffinity.required", "must specify required node constraints");
  }
  validateVolumeSource(errors, spec);
  if (spec.storageClassName) invalidEach(errors, "spec.storageClassName", spec.storageClassName, dnsSubdomain(spec.storageClassName));
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) notSupported(errors, "spec.volumeMode", spec.volumeMode, VOLUME_MODES);
  if (old) validateVolumeUpdate(errors, next, old);
}

function validateVolumeSource(errors: Errors, spec: Loose): void {
  const present = SOURCES.filter((type) => spec[type] !== undefined);
  present.forEach((type, index) => {
    const path = `spec.${type}`;
    const source: Loose = spec[type];
    if (index > 0) forbidden(errors, path, "may not specify more than 1 volume type");
    else if (type === "hostPath") validateHostPath(errors, path, source);
    else if (type === "nfs") validateNfs(errors, path, source);
    else if (type === "local") {
      if (!source.path) required(errors, `${path}.path`);
      if (!spec.nodeAffinity?.required) required(errors, "spec.nodeAffinity", "Local volume requires node affinity");
    } else if (type === "csi") {
      validateCsiDriverName(errors, `${path}.driver`, source.driver ?? "");
      if (!source.volumeHandle) required(errors, `${path}.volumeHandle`);
    }
  });
  if (present.length === 0) required(errors, "spec", "must specify a volume type");
  if (spec.hostPath?.path === "/" && spec.persistentVolumeReclaimPolicy === "Recycle") {
    forbidden(errors, "spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
  }
}

function validateVolumeUpdate(errors: Errors, next: KubeObject, old: KubeObject): void {
  validateMetadataUpdate(errors, next.metadata, old.metadata);
  const source = (spec: Loose): Loose => Object.fromEntries(SOURCES.filter((type) => spec[type] !== undefined).map((type) => [type, spec[type]]));
  const wanted = source(next.spec ?? {});
  const before = source(old.spec ?? {});
  if (!equalJson(wanted, before)) {
    forbidden(errors, "spec.persistentvolumesource", `spec.persistentvolumesource is immutable after creation\n${internalDiff("PersistentVolumeSource", before, wanted)}`);
  }
  immutable(errors, "volumeMode", next.spec?.volumeMode, old.spec?.volumeMode);
  if (old.spec?.nodeAffinity && !equalJson(next.spec?.nodeAffinity, old.spec.nodeAffinity)) invalid(errors, "nodeAffinity", next.spec?.nodeAffinity ?? null, "field is immutable");
}

export function validateStorageClass(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) {
    validateMetadataUpdate(errors, next.metadata, old.metadata);
    for (const field of ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]) immutable(errors, field, next[field], old[field]);
    return;
  }
  validateMetadata(errors, next.metadata, false, dnsSubdomain);
  const provisioner: string = next.provisioner ?? "";
  if (provisioner === "") required(errors, "provisioner");
  else invalidEach(errors, "provisioner", provisioner.toLowerCase(), labelKey(provisioner.toLowerCase()));
  const parameters: Record<string, string> = next.parameters ?? {};
  const keys = Object.keys(parameters);
  if (keys.length > PARAMETERS_MAX) tooLong(errors, "parameters", PARAMETERS_MAX);
  if (keys.includes("")) invalid(errors, "parameters", "", "field can not be empty.");
  if (keys.reduce((sum, key) => sum + key.length + parameters[key]!.length, 0) > PARAMETER_BYTES_MAX) tooLong(errors, "parameters", PARAMETER_BYTES_MAX);
  const reclaims = ["Delete", "Retain"];
  if (next.reclaimPolicy && !reclaims.includes(next.reclaimPolicy)) notSupported(errors, "reclaimPolicy", next.reclaimPolicy, reclaims);
  const bindings = ["Immediate", "WaitForFirstConsumer"];
  if (next.volumeBindingMode === undefined) required(errors, "volumeBindingMode");
  else if (!bindings.includes(next.volumeBindingMode)) notSupported(errors, "volumeBindingMode", next.volumeBindingMode, bindings);
  items(next.allowedTopologies).forEach((term, index) => {
    const seen = new Set<string>();
    items(term.matchLabelExpressions).forEach((requirement, at) => {
      const path = `allowedTopologies[${index}].matchLabelExpressions[${at}]`;
      const values: string[] = requirement.values ?? [];
      if (values.length === 0) required(errors, `${path}.values`);
      values.forEach((value, place) => {
        if (values.indexOf(value) < place) duplicate(errors, `${path}.values[${place}]`, value);
      });
      invalidEach(errors, `${path}.key`, requirement.key ?? "", labelKey(requirement.key ?? ""));
      if (seen.has(requirement.key)) duplicate(errors, `${path}.key`, requirement.key);
      seen.add(requirement.key);
    });
  });
}

export function validateCsiDriver(errors: Errors, next: KubeObject, old?: KubeObject): void {
  if (old) validateMetadataUpdate(errors, next.metadata, old.metadata);
  else validateMetadata(errors, next.metadata, false, dnsSubdomain);
  const spec: Loose = next.spec ?? {};
  if (old) {
    immutable(errors, "spec.attachRequired", spec.attachRequired, old.spec?.attachRequired);
    immutable(errors, "spec.volumeLifecycleModes", spec.volumeLifecycleModes, old.spec?.volumeLifecycleModes);
  }
  const policies = ["File", "None", "ReadWriteOnceWithFSType"];
  if (spec.fsGroupPolicy !== undefined && !policies.includes(spec.fsGroupPolicy)) notSupported(errors, "spec.fsGroupPolicy", spec.fsGroupPolicy, policies);
  const modes = ["Persistent", "Ephemeral"];
  for (const mode of spec.volumeLifecycleModes ?? []) if (!modes.includes(mode)) notSupported(errors, "spec.volumeLifecycleModes", mode, modes);
}
