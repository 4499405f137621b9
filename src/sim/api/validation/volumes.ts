/** Volumes of a pod. Sources that no home cluster offers any more are checked for their required fields only. */
import { quantityNano } from "../../../lib/quantity.ts";
import type { ObjectMeta } from "../../../objects/kube-object.ts";
import { items } from "../defaults/absent.ts";
import type { Loose } from "../defaults/loose.ts";
import { validateClaimTemplate } from "./claim-spec.ts";
import { validateDownwardFile } from "./downward.ts";
import { duplicate, type Errors, forbidden, invalid, invalidEach, notSupported, oneOf, required, tooLong } from "./field.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import { localPath, noBacksteps } from "./paths.ts";

const MODE_WRONG = "must be a number between 0 and 0777 (octal), both inclusive";
const HOST_PATH_TYPES = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;

/** Upstream looks at the sources in this order. */
const SOURCE_ORDER = [
  "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi", "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder",
  "cephfs", "quobyte", "downwardAPI", "fc", "flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos",
  "projected", "scaleIO", "csi", "ephemeral", "image",
] as const;

/** Required fields of the sources without rules of their own. */
const REQUIRED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  gitRepo: ["repository"],
  gcePersistentDisk: ["pdName"],
  awsElasticBlockStore: ["volumeID"],
  iscsi: ["targetPortal", "iqn"],
  glusterfs: ["endpoints", "path"],
  persistentVolumeClaim: ["claimName"],
  rbd: ["monitors", "image"],
  cinder: ["volumeID"],
  cephfs: ["monitors"],
  flexVolume: ["driver"],
  azureFile: ["secretName", "shareName"],
  vsphereVolume: ["volumePath"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  azureDisk: ["diskName", "diskURI"],
  scaleIO: ["gateway", "system", "volumeName"],
};

/** Returns the valid volumes by name, for the mounts. `podMeta` is absent for templates. */
export function validateVolumes(errors: Errors, field: string, volumes: readonly Loose[], podMeta: ObjectMeta | undefined, isPod: boolean): Map<string, Loose> {
  const valid = new Map<string, Loose>();
  if (volumes.length === 0) return valid;
  const created = new Set(podMeta?.name ? volumes.filter((volume) => volume.ephemeral).map((volume) => `${podMeta.name}-${volume.name}`) : []);
  volumes.forEach((volume, index) => {
    const path = `${field}[${index}]`;
    const before = errors.length;
    validateVolumeSource(errors, path, volume, podMeta, isPod);
    if (!volume.name) required(errors, `${path}.name`);
    else invalidEach(errors, `${path}.name`, volume.name, dnsLabel(volume.name));
    if (valid.has(volume.name)) duplicate(errors, `${path}.name`, volume.name);
    if (errors.length === before) valid.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim && created.has(claim)) invalid(errors, `${path}.persistentVolumeClaim.claimName`, claim, "must not reference a PVC that gets created for an ephemeral volume");
  });
  return valid;
}

function validateVolumeSource(errors: Errors, field: string, volume: Loose, podMeta: ObjectMeta | undefined, isPod: boolean): void {
  let count = 0;
  for (const type of SOURCE_ORDER) {
    const source: Loose | undefined = volume[type];
    if (source === undefined) continue;
    // Upstream writes one of them without its I.
    const path = `${field}.${type}`;
    if (count > 0) {
      forbidden(errors, type === "downwardAPI" ? `${field}.downwarAPI` : path, "may not specify more than 1 volume type");
      continue;
    }
    count++;
    validateSource(errors, path, type, source, isPod);
    if (type === "ephemeral" && podMeta?.name && volume.name) {
      const claim = `${podMeta.name}-${volume.name}`;
      for (const message of dnsSubdomain(claim)) invalid(errors, `${field}.name`, volume.name, `PVC name ${JSON.stringify(claim)}: ${message}`);
    }
  }
  if (count === 0) required(errors, field, "must specify a volume type");
}

function validateSource(errors: Errors, path: string, type: string, source: Loose, isPod: boolean): void {
  switch (type) {
    case "emptyDir":
      if (quantityNano(source.sizeLimit) < 0n) forbidden(errors, `${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity");
      break;
    case "hostPath":
      validateHostPath(errors, path, source);
      break;
    case "secret":
      if (!source.secretName) required(errors, `${path}.secretName`);
      validateKeyFiles(errors, path, source);
      break;
    case "configMap":
      if (!source.name) required(errors, `${path}.name`);
      validateKeyFiles(errors, path, source);
      break;
    case "nfs":
      validateNfs(errors, path, source);
      break;
    case "downwardAPI":
      validateMode(errors, `${path}.defaultMode`, source.defaultMode);
      for (const file of items(source.items)) validateDownwardFile(errors, path, file);
      break;
    case "projected":
      validateMode(errors, `${path}.defaultMode`, source.defaultMode);
      validateProjections(errors, path, source);
      break;
    case "csi":
      validateCsiDriverName(errors, `${path}.driver`, source.driver ?? "");
      if (source.nodePublishSecretRef) {
        const name: string = source.nodePublishSecretRef.name ?? "";
        if (name === "") required(errors, `${path}.nodePublishSecretRef.name`);
        else invalidEach(errors, `${path}.name`, name, dnsSubdomain(name));
      }
      break;
    case "ephemeral":
      if (!source.volumeClaimTemplate) required(errors, `${path}.volumeClaimTemplate`);
      else validateClaimTemplate(errors, `${path}.volumeClaimTemplate`, source.volumeClaimTemplate);
      break;
    case "image":
      if (isPod && !source.reference) required(errors, `${path}.reference`);
      oneOf(errors, `${path}.pullPolicy`, source.pullPolicy, ["Always", "IfNotPresent", "Never"]);
      break;
    default:
      for (const name of REQUIRED_FIELDS[type] ?? []) if (!source[name] || source[name].length === 0) required(errors, `${path}.${name}`);
  }
}

export function validateHostPath(errors: Errors, path: string, source: Loose): void {
  if (!source.path) {
    required(errors, `${path}.path`);
    return;
  }
  noBacksteps(errors, `${path}.path`, source.path);
  if (source.type !== undefined && !HOST_PATH_TYPES.includes(source.type)) notSupported(errors, `${path}.type`, source.type, HOST_PATH_TYPES);
}

export function validateNfs(errors: Errors, path: string, source: Loose): void {
  if (!source.server) required(errors, `${path}.server`);
  if (!source.path) required(errors, `${path}.path`);
  if (!String(source.path ?? "").startsWith("/")) invalid(errors, `${path}.path`, source.path ?? "", "must be an absolute path");
}

export function validateCsiDriverName(errors: Errors, field: string, name: string): void {
  if (name === "") {
    required(errors, field);
    return;
  }
  if (name.length > 63) tooLong(errors, field, 63);
  invalidEach(errors, field, name, dnsSubdomain(name.toLowerCase()));
}

function validateMode(errors: Errors, field: string, mode: unknown): void {
  if (typeof mode === "number" && (mode > 0o777 || mode < 0)) invalid(errors, field, mode, MODE_WRONG);
}

function validateKeyFiles(errors: Errors, path: string, source: Loose): void {
  validateMode(errors, `${path}.defaultMode`, source.defaultMode);
  items(source.items).forEach((item, index) => validateKeyToPath(errors, `${path}.items[${index}]`, item));
}

function validateKeyToPath(errors: Errors, path: string, item: Loose): void {
  if (!item.key) required(errors, `${path}.key`);
  if (!item.path) required(errors, `${path}.path`);
  localPath(errors, `${path}.path`, item.path ?? "");
  validateMode(errors, `${path}.mode`, item.mode);
}

function validateProjections(errors: Errors, field: string, projected: Loose): void {
  const taken = new Set<string>();
  const take = (path: string | undefined, name: unknown): void => {
    if (!path) return;
    if (taken.has(path)) invalid(errors, field, name, "conflicting duplicate paths");
    else taken.add(path);
  };
  items(projected.sources).forEach((source, index) => {
    const path = `${field}.sources[${index}]`;
    let count = 0;
    for (const type of ["secret", "configMap"] as const) {
      if (!source[type]) continue;
      count++;
      if (!source[type].name) required(errors, `${path}.${type}.name`);
      items(source[type].items).forEach((item, at) => {
        validateKeyToPath(errors, `${path}.${type}.items[${at}]`, item);
        take(item.path, source[type].name);
      });
    }
    if (source.downwardAPI) {
      count++;
      for (const file of items(source.downwardAPI.items)) {
        validateDownwardFile(errors, `${path}.downwardAPI`, file);
        take(file.path, file.path);
      }
    }
    if (source.serviceAccountToken) {
      count++;
      validateTokenProjection(errors, field, `${path}.serviceAccountToken`, source.serviceAccountToken);
    }
    if (source.clusterTrustBundle) {
      count++;
      if (!source.clusterTrustBundle.path) required(errors, `${path}.clusterTrustBundle.path`);
      localPath(errors, `${path}.clusterTrustBundle.path`, source.clusterTrustBundle.path ?? "");
      take(source.clusterTrustBundle.path, source.clusterTrustBundle.path);
    }
    if (source.podCertificate) count++;
    if (count > 1) forbidden(errors, path, "may not specify more than 1 volume type per source");
  });
}

function validateTokenProjection(errors: Errors, volumeField: string, path: string, token: Loose): void {
  const seconds: number = token.expirationSeconds ?? 0;
  if (seconds < TOKEN_SECONDS_MIN) invalid(errors, `${path}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > TOKEN_SECONDS_MAX) invalid(errors, `${path}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds");
  if (!token.path) required(errors, `${volumeField}.path`);
  else localPath(errors, `${volumeField}.path`, token.path);
}

