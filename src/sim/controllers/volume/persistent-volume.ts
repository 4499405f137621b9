/** Binds claims and volumes to each other, and releases what is no longer claimed (`pkg/controller/volume/persistentvolume`). */
import { rfc3339 } from "../../../lib/rfc3339.ts";
import { semanticEqual } from "../../../lib/deep-equal.ts";
import { ApiError } from "../../api/status.ts";
import type { ControllerContext, Reconciler, Upkeep } from "../reconciler.ts";
import type { Claim, Pod } from "../shapes.ts";
import {
  bestMatch,
  BETA_STORAGE_PROVISIONER,
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  CLAIMS,
  CLASSES,
  classOf,
  isForClaim,
  mismatch,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  VOLUMES,
  type PersistentVolume,
  type StorageClass,
} from "./volume-shape.ts";

const COMPONENT = "persistentvolume-controller";
const NO_PROVISIONER = "kubernetes.io/no-provisioner";
const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
/** Claims that wait are looked at again (`--pvclaimbinder-sync-period`). */
const RESYNC_MS = 15_000;

const claimKey = (namespace: string | undefined, name: string | undefined): string => `claim:${namespace}/${name}`;
const volumeKey = (name: string): string => `volume:${name}`;

export const persistentVolumeController: Reconciler = {
  name: "persistentvolume-binder-controller",
  watches: [
    {
      type: CLAIMS,
      keys: ({ object }) => [claimKey(object.metadata.namespace, object.metadata.name), ...(object["spec"]?.volumeName ? [volumeKey(object["spec"].volumeName as string)] : [])],
    },
    {
      type: VOLUMES,
      keys({ object }, { client }) {
        const { claimRef } = (object as PersistentVolume).spec;
        // A free volume may be what some claim waits for.
        const waiting = claimRef === undefined ? client.list<Claim>(CLAIMS).filter((claim) => !claim.spec.volumeName).map((claim) => claimKey(claim.metadata.namespace, claim.metadata.name)) : [];
        return [volumeKey(object.metadata.name), ...(claimRef === undefined ? waiting : [claimKey(claimRef.namespace, claimRef.name)])];
      },
    },
    { type: CLASSES, keys: (_event, { client }) => client.list<Claim>(CLAIMS).filter((claim) => !claim.spec.volumeName).map((claim) => claimKey(claim.metadata.namespace, claim.metadata.name)) },
  ],
  sync(key, context) {
    const [kind, name = ""] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (kind === "volume") {
      const volume = context.client.get<PersistentVolume>(VOLUMES, undefined, name);
      if (volume !== undefined) syncVolume(context, volume);
      return;
    }
    const [namespace, claimName = ""] = name.split("/");
    const claim = context.client.get<Claim>(CLAIMS, namespace, claimName);
    if (claim === undefined) return;
    return claim.metadata.annotations?.[BIND_COMPLETED] === undefined ? syncUnbound(context, claim) : syncBound(context, claim);
  },
};

function tell({ client }: ControllerContext, claim: Claim, type: "Normal" | "Warning", reason: string, message: string): void {
  client.event(claim, { type, reason, message, component: COMPONENT });
}

function setClaimPhase({ client }: ControllerContext, claim: Claim, phase: string, volume?: PersistentVolume): boolean {
  const { accessModes: _modes, capacity: _capacity, ...others } = claim.status ?? {};
  const capacity = claim.status?.phase === "Bound" && claim.status.capacity ? claim.status.capacity : volume?.spec.capacity;
  const status: Claim["status"] = { ...others, phase, ...(volume === undefined ? {} : { accessModes: volume.spec.accessModes, capacity }) };
  if (semanticEqual(status, claim.status)) return false;
  client.updateStatus<Claim>(CLAIMS, { ...claim, status });
  return true;
}

function setVolumePhase({ client, clock }: ControllerContext, volume: PersistentVolume, phase: string, message = ""): void {
  if (volume.status?.phase === phase && (volume.status.message ?? "") === message) return;
  const status = { phase, ...(message ? { message } : {}), lastPhaseTransitionTime: rfc3339(clock.now()) };
  client.updateStatus<PersistentVolume>(VOLUMES, { ...volume, status });
}

function syncUnbound(context: ControllerContext, claim: Claim): number | Upkeep | void {
  const { client } = context;
  if (claim.spec.volumeName) return syncChosen(context, claim, claim.spec.volumeName);
  const storageClass = classOf(client, claim);
  const isDelayed = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
  const volume = bestMatch(client, claim, isDelayed);
  if (volume !== undefined) return bind(context, volume, claim);
  if (claim.spec.storageClassName === undefined && assignDefaultClass(context, claim)) return;
  const selectedNode = claim.metadata.annotations?.[SELECTED_NODE];
  if (isDelayed && selectedNode === undefined) tellWhyWaiting(context, claim);
  else if (claim.spec.storageClassName) askProvisioner(context, claim, storageClass);
  else tell(context, claim, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
  setClaimPhase(context, client.get<Claim>(CLAIMS, claim.metadata.namespace, claim.metadata.name) ?? claim, "Pending");
  return { upkeepMs: RESYNC_MS };
}

function assignDefaultClass({ client }: ControllerContext, claim: Claim): boolean {
  const defaults = client.list<StorageClass>(CLASSES).filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === "true");
  // The newest of several, then by name.
  const [chosen] = defaults.sort((a, b) => (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "") || (a.metadata.name < b.metadata.name ? -1 : 1));
  if (chosen === undefined) return false;
  client.patch(CLAIMS, claim.metadata.namespace, claim.metadata.name, { spec: { storageClassName: chosen.metadata.name } });
  return true;
}

function tellWhyWaiting(context: ControllerContext, claim: Claim): void {
  const pods = context.client.list<Pod>("pods", { namespace: claim.metadata.namespace });
  const names = pods.filter((pod) => !pod.spec.nodeName && usesClaim(pod, claim.metadata.name)).map((pod) => pod.metadata.name);
  if (names.length > 0) tell(context, claim, "Normal", "WaitForPodScheduled", `waiting for pod ${names[0]} to be scheduled`);
  else tell(context, claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
}

export function usesClaim(pod: Pod, claimName: string): boolean {
  return (pod.spec.volumes ?? []).some(({ name, persistentVolumeClaim, ephemeral }) => persistentVolumeClaim?.claimName === claimName || (ephemeral !== undefined && `${pod.metadata.name}-${name}` === claimName));
}

function askProvisioner(context: ControllerContext, claim: Claim, storageClass: StorageClass | undefined): void {
  const { namespace, name, annotations } = claim.metadata;
  if (storageClass === undefined) {
    return tell(context, claim, "Warning", "ProvisioningFailed", `storageclass.storage.k8s.io "${claim.spec.storageClassName}" not found`);
  }
  const { provisioner } = storageClass;
  if (provisioner === NO_PROVISIONER) return;
  if (annotations?.[STORAGE_PROVISIONER] !== provisioner) {
    context.client.patch(CLAIMS, namespace, name, { metadata: { annotations: { [STORAGE_PROVISIONER]: provisioner, [BETA_STORAGE_PROVISIONER]: provisioner } } });
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. ` +
    "If volume creation is delayed, please verify that the provisioner is running and correctly registered.";
  tell(context, claim, "Normal", "ExternalProvisioning", message);
}

/** The claim names its volume: by its user, or by a binding that did not finish. */
function syncChosen(context: ControllerContext, claim: Claim, volumeName: string): number | Upkeep | void {
  const volume = context.client.get<PersistentVolume>(VOLUMES, undefined, volumeName);
  if (volume === undefined) {
    setClaimPhase(context, claim, "Pending");
    return { upkeepMs: RESYNC_MS };
  }
  if (volume.spec.claimRef === undefined) {
    const why = mismatch(volume, claim);
    if (why === undefined) return bind(context, volume, claim);
    tell(context, claim, "Warning", "VolumeMismatch", `Cannot bind to requested volume "${volumeName}": ${why}`);
  } else if (isForClaim(volume, claim)) {
    return bind(context, volume, claim);
  } else {
    tell(context, claim, "Warning", "FailedBinding", `volume "${volumeName}" already bound to a different claim.`);
  }
  setClaimPhase(context, claim, "Pending");
  return { upkeepMs: RESYNC_MS };
}

function syncBound(context: ControllerContext, claim: Claim): void {
  const lose = (reason: string, message: string): void => {
    if (setClaimPhase(context, claim, "Lost")) tell(context, claim, "Warning", reason, message);
  };
  if (!claim.spec.volumeName) return lose("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  const volume = context.client.get<PersistentVolume>(VOLUMES, undefined, claim.spec.volumeName);
  if (volume === undefined) return lose("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  if (volume.spec.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid) return bind(context, volume, claim);
  lose("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

/** Four writes, each of which may already have been made. */
function bind(context: ControllerContext, found: PersistentVolume, unbound: Claim): void {
  const { client } = context;
  let volume = found;
  let claim = unbound;
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  if (volume.spec.claimRef?.uid !== uid) {
    const wasFree = volume.spec.claimRef === undefined;
    volume = client.patch<PersistentVolume>(VOLUMES, undefined, volume.metadata.name, {
      metadata: wasFree ? { annotations: { [BOUND_BY_CONTROLLER]: "yes" } } : {},
      spec: { claimRef: { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion } },
    });
  }
  setVolumePhase(context, volume, "Bound");
  const isChosenHere = !claim.spec.volumeName;
  if (isChosenHere || claim.metadata.annotations?.[BIND_COMPLETED] === undefined) {
    const annotations = { [BIND_COMPLETED]: "yes", ...(isChosenHere ? { [BOUND_BY_CONTROLLER]: "yes" } : {}) };
    claim = client.patch<Claim>(CLAIMS, namespace, name, { metadata: { annotations }, spec: { volumeName: volume.metadata.name } });
  }
  setClaimPhase(context, claim, "Bound", volume);
}

function syncVolume(context: ControllerContext, volume: PersistentVolume): void {
  const { claimRef } = volume.spec;
  if (claimRef === undefined || !claimRef.uid) return setVolumePhase(context, volume, "Available");
  const claim = context.client.get<Claim>(CLAIMS, claimRef.namespace, claimRef.name ?? "");
  if (claim !== undefined && claim.metadata.uid === claimRef.uid) {
    if (claim.spec.volumeName === volume.metadata.name) setVolumePhase(context, volume, "Bound");
    return;
  }
  if (volume.metadata.annotations?.[BIND_COMPLETED] === undefined && volume.status?.phase !== "Failed") setVolumePhase(context, volume, "Released");
  // Delete is the provisioner's work; Retain waits for a person.
  if (volume.spec.persistentVolumeReclaimPolicy === "Recycle") {
    try {
      context.client.patch(VOLUMES, undefined, volume.metadata.name, { spec: { claimRef: null } });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "NotFound")) throw error;
    }
  }
}
