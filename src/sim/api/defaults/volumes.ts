/** Defaults of a volume, in a pod or as a persistent volume's source. */
import { ifAbsent, items } from "./absent.ts";
import { isLatestImage } from "./image-name.ts";
import type { Loose } from "./loose.ts";

const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;

export function defaultVolume(volume: Loose): void {
  let hasSource = false;
  for (const key in volume) {
    if (key === "name") continue;
    hasSource = true;
    defaultVolumeSource(key, volume[key]);
  }
  if (!hasSource) volume.emptyDir = {};
}

function defaultVolumeSource(type: string, source: Loose): void {
  switch (type) {
    case "secret":
    case "configMap":
      ifAbsent(source, "defaultMode", FILE_MODE);
      break;
    case "downwardAPI":
      ifAbsent(source, "defaultMode", FILE_MODE);
      defaultDownward(source);
      break;
    case "projected":
      ifAbsent(source, "defaultMode", FILE_MODE);
      for (const projection of items(source.sources)) {
        if (projection.serviceAccountToken) ifAbsent(projection.serviceAccountToken, "expirationSeconds", TOKEN_SECONDS);
        if (projection.downwardAPI) defaultDownward(projection.downwardAPI);
      }
      break;
    case "hostPath":
      if (source.type === undefined) source.type = "";
      break;
    case "image":
      ifAbsent(source, "pullPolicy", isLatestImage(source.reference) ? "Always" : "IfNotPresent");
      break;
    case "ephemeral":
      if (source.volumeClaimTemplate?.spec) ifAbsent(source.volumeClaimTemplate.spec, "volumeMode", "Filesystem");
      break;
    default:
      defaultNetworkSource(type, source);
  }
}

/** The sources that a volume and a persistent volume share. */
export function defaultNetworkSource(type: string, source: Loose): void {
  switch (type) {
    case "iscsi":
      ifAbsent(source, "iscsiInterface", "default");
      break;
    case "rbd":
      ifAbsent(source, "pool", "rbd");
      ifAbsent(source, "user", "admin");
      ifAbsent(source, "keyring", "/etc/ceph/keyring");
      break;
    case "azureDisk":
      ifAbsent(source, "cachingMode", "ReadWrite");
      ifAbsent(source, "fsType", "ext4");
      ifAbsent(source, "readOnly", false);
      ifAbsent(source, "kind", "Shared");
      break;
    case "scaleIO":
      ifAbsent(source, "storageMode", "ThinProvisioned");
      ifAbsent(source, "fsType", "xfs");
      break;
  }
}

function defaultDownward(source: Loose): void {
  for (const item of items(source.items)) if (item.fieldRef) ifAbsent(item.fieldRef, "apiVersion", "v1");
}
