/** The storage's own controllers in one: makes volumes for claims, grows them, and deletes those that are released (sig-storage-lib-external-provisioner). */
import { compareQuantities } from "../../../lib/quantity.ts";
import { ApiError } from "../../api/status.ts";
import { isPodReady } from "../pod-state.ts";
import { keyOf, splitKey, type ControllerContext, type Reconciler, type Upkeep } from "../reconciler.ts";
import type { Claim, Node, Pod } from "../shapes.ts";
import { PROVISIONERS, type Provisioner } from "./provisioners.ts";
import { CLAIMS, classOf, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER, VOLUMES, type PersistentVolume, type StorageClass } from "./volume-shape.ts";

const HOSTNAME = "kubernetes.io/hostname";
/** How often a provisioner without a ready pod is looked for again. */
const RETRY_MS = 5_000;
const VOLUME = "volume:";

export function provisionerController(): Reconciler {
  /** When the volume of a claim will be there. */
  const doneAt = new Map<string, number>();
  return {
    name: "storage-provisioner",
    watches: [
      { type: CLAIMS },
      { type: VOLUMES, keys: ({ type, object }) => (type === "DELETED" ? [] : [VOLUME + object.metadata.name]) },
    ],
    sync(key, context) {
      if (key.startsWith(VOLUME)) return reclaim(context, key.slice(VOLUME.length));
      const { namespace, name } = splitKey(key);
      const claim = context.client.get<Claim>(CLAIMS, namespace, name);
      if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) {
        doneAt.delete(key);
        return;
      }
      return claim.spec.volumeName ? grow(context, claim) : provision(context, claim, doneAt);
    },
  };
}

/** Its own pods, where the cluster shows them, must run for anything to happen. */
function isRunning({ client }: ControllerContext, provisioner: Provisioner): boolean {
  const pods = client.list<Pod>("pods", { labels: provisioner.podLabels });
  return pods.length === 0 || pods.some(isPodReady);
}

function provision(context: ControllerContext, claim: Claim, doneAt: Map<string, number>): number | Upkeep | void {
  const { client, clock } = context;
  const key = keyOf(claim);
  const storageClass = classOf(client, claim);
  const name = claim.metadata.annotations?.[STORAGE_PROVISIONER];
  const provisioner = name === undefined ? undefined : PROVISIONERS[name];
  if (storageClass === undefined || name === undefined || provisioner === undefined || storageClass.provisioner !== name) return;
  const node = claim.metadata.annotations?.[SELECTED_NODE];
  if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && node === undefined) return;
  if (!isRunning(context, provisioner)) return { upkeepMs: RETRY_MS };
  const component = `${name}_provisioner`;
  const tell = (type: "Normal" | "Warning", reason: string, message: string): void => client.event(claim, { type, reason, message, component });
  const shared = claim.spec.accessModes?.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
  if (provisioner.isNodeLocal && shared) {
    tell("Warning", "ProvisioningFailed", `failed to provision volume with StorageClass "${storageClass.metadata.name}": NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes`);
    return { upkeepMs: RETRY_MS * 3 };
  }
  const readyMs = doneAt.get(key) ?? clock.now() + provisioner.provisionMs;
  if (!doneAt.has(key)) {
    doneAt.set(key, readyMs);
    tell("Normal", "Provisioning", `External provisioner is provisioning volume for claim "${key}"`);
  }
  if (readyMs > clock.now()) return readyMs - clock.now();
  doneAt.delete(key);
  const volume = volumeFor(context, claim, storageClass, name, provisioner, node);
  try {
    client.create(VOLUMES, volume);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
  }
  tell("Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${volume.metadata.name}`);
}

function volumeFor({ client }: ControllerContext, claim: Claim, storageClass: StorageClass, name: string, provisioner: Provisioner, nodeName: string | undefined): PersistentVolume {
  const volumeName = `pvc-${claim.metadata.uid}`;
  const node = nodeName === undefined ? undefined : client.get<Node>("nodes", undefined, nodeName);
  const hostname = node?.metadata.labels?.[HOSTNAME] ?? nodeName;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: volumeName,
      annotations: { [PROVISIONED_BY]: name, ...(provisioner.isNodeLocal && nodeName ? { "local.path.provisioner/selected-node": nodeName } : {}) },
    },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.["storage"] ?? "0" },
      accessModes: claim.spec.accessModes,
      claimRef: { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace: claim.metadata.namespace, name: claim.metadata.name, uid: claim.metadata.uid, resourceVersion: claim.metadata.resourceVersion },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec.volumeMode ?? "Filesystem",
      ...(storageClass.mountOptions ? { mountOptions: storageClass.mountOptions } : {}),
      ...provisioner.source(volumeName, claim, storageClass),
      ...(provisioner.isNodeLocal && hostname
        ? { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME, operator: "In", values: [hostname] }] }] } } }
        : {}),
    },
  };
}

function grow({ client }: ControllerContext, claim: Claim): void {
  const wanted = claim.spec.resources?.requests?.["storage"];
  const volume = client.get<PersistentVolume>(VOLUMES, undefined, claim.spec.volumeName ?? "");
  if (wanted === undefined || volume === undefined || claim.status?.phase !== "Bound") return;
  const provisioner = PROVISIONERS[volume.metadata.annotations?.[PROVISIONED_BY] ?? ""];
  if (provisioner?.mayGrow !== true || compareQuantities(claim.status.capacity?.["storage"] ?? "0", wanted) >= 0) return;
  if (compareQuantities(volume.spec.capacity?.["storage"] ?? "0", wanted) < 0) {
    client.patch(VOLUMES, undefined, volume.metadata.name, { spec: { capacity: { storage: wanted } } });
    client.event(claim, { type: "Normal", reason: "Resizing", message: `External resizer is resizing volume ${volume.metadata.name}`, component: "volume_expand" });
  }
  client.updateStatus<Claim>(CLAIMS, { ...claim, status: { ...claim.status, capacity: { storage: wanted } } });
  client.event(claim, { type: "Normal", reason: "FileSystemResizeSuccessful", message: "MountVolume.NodeExpandVolume succeeded for volume " + `"${volume.metadata.name}"`, component: "kubelet" });
}

/** A released volume with the policy Delete goes, if its provisioner runs. */
function reclaim(context: ControllerContext, name: string): number | Upkeep | void {
  const { client } = context;
  const volume = client.get<PersistentVolume>(VOLUMES, undefined, name);
  if (volume?.status?.phase !== "Released" || volume.spec.persistentVolumeReclaimPolicy !== "Delete" || volume.metadata.deletionTimestamp !== undefined) return;
  const provisioner = PROVISIONERS[volume.metadata.annotations?.[PROVISIONED_BY] ?? ""];
  if (provisioner === undefined) return;
  if (!isRunning(context, provisioner)) return { upkeepMs: RETRY_MS };
  client.delete(VOLUMES, undefined, name, { preconditions: { uid: volume.metadata.uid } });
}
