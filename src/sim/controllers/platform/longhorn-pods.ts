/**
 * Longhorn's own answer to a machine that is down: its volumes stay with pods that nobody can take away, so that where its setting says so it takes their attachments away and
 * deletes them by force (longhorn-manager `kubernetes_pod_controller.go`, `handlePodDeletionIfNodeDown`). Nobody waits for the six minutes then. The default does nothing.
 */
import type { TypeName } from "../../api/client.ts";
import { ApiError } from "../../api/status.ts";
import type { KubeObject } from "../../../objects/kube-object.ts";
import { isConditionTrue } from "../conditions.ts";
import { isTerminating } from "../pod-state.ts";
import { type ControllerContext, type Reconciler, splitKey } from "../reconciler.ts";
import type { Claim, Node, Pod } from "../shapes.ts";
import { CLAIMS, type PersistentVolume, VOLUMES } from "../volume/volume-shape.ts";
import { isOperatorRunning } from "./operator.ts";

const DRIVER = "driver.longhorn.io";
const MANAGER = { app: "longhorn-manager" };
const SETTINGS = "longhorn.io/settings";
const ATTACHMENTS = "storage.k8s.io/volumeattachments";
const NAMESPACE = "longhorn-system";
const POLICY = "node-down-pod-deletion-policy";
/** Owners of the pods that a policy speaks of. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  "delete-statefulset-pod": ["StatefulSet"],
  "delete-deployment-pod": ["ReplicaSet"],
  "delete-both-statefulset-and-deployment-pod": ["StatefulSet", "ReplicaSet"],
};
/** A pod is looked at when it changes and at each resync of the manager's informers (`NewInformerFactories(…, 30*time.Second)`). */
export const RESYNC_MS = 30_000;

export function longhornPodsController(): Reconciler {
  return {
    name: "longhorn-pods",
    watches: [{ type: "pods", keys: ({ object, type }) => (type !== "DELETED" && isTerminating(object as Pod) && (object as Pod).spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim) ? [`${object.metadata.namespace}/${object.metadata.name}`] : []) }],
    sync(key, context) {
      const { client, clock } = context;
      const { namespace, name } = splitKey(key);
      const pod = client.get<Pod>("pods", namespace, name);
      if (pod === undefined || !isTerminating(pod) || !usesLonghorn(context, pod) || !isMeant(context, pod)) return undefined;
      const node = client.get<Node>("nodes", undefined, pod.spec.nodeName ?? "");
      const isDown = node === undefined || !isConditionTrue(node.status?.conditions, "Ready");
      if (!isDown || !isOperatorRunning(client, MANAGER)) return { upkeepMs: untilResync(clock.now()) };
      // One at a time, the pod only after them: a volume is never taken to another machine beside a pod that counts as running.
      const [attachment] = attachmentsOf(context, pod);
      if (attachment !== undefined) remove(context, ATTACHMENTS, attachment);
      else if (Date.parse(pod.metadata.deletionTimestamp!) <= clock.now()) remove(context, "pods", pod);
      return untilResync(clock.now());
    },
  };
}

/** The phase is that of the epoch: when each machine's manager began is not known. */
const untilResync = (nowMs: number): number => RESYNC_MS - (nowMs % RESYNC_MS);

function attachmentsOf({ client }: ControllerContext, { metadata, spec }: Pod): KubeObject[] {
  const volumes = (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim ? (client.get<Claim>(CLAIMS, metadata.namespace, persistentVolumeClaim.claimName)?.spec.volumeName ?? []) : []));
  return client.list(ATTACHMENTS).filter((one) => one["spec"].nodeName === spec.nodeName && one["spec"].attacher === DRIVER && volumes.includes(one["spec"].source?.persistentVolumeName));
}

/** By force, as nobody on the machine can confirm it. What the API refuses is tried again at the next resync. */
function remove({ client, log }: ControllerContext, type: TypeName, { metadata }: KubeObject): void {
  try {
    client.delete(type, metadata.namespace, metadata.name, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid! } });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    log(`longhorn: ${metadata.name}: ${error.message}`);
  }
}

function isMeant({ client }: ControllerContext, { metadata }: Pod): boolean {
  const policy = client.serves(SETTINGS) ? client.get<KubeObject & { value?: string }>(SETTINGS, NAMESPACE, POLICY)?.value : undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)?.kind;
  return owner !== undefined && (OWNERS[policy ?? ""] ?? []).includes(owner);
}

function usesLonghorn({ client }: ControllerContext, { metadata, spec }: Pod): boolean {
  return (spec.volumes ?? []).some(({ persistentVolumeClaim }) => {
    const claim = persistentVolumeClaim === undefined || persistentVolumeClaim === null ? undefined : client.get<Claim>(CLAIMS, metadata.namespace, persistentVolumeClaim.claimName);
    return claim?.spec.volumeName !== undefined && client.get<PersistentVolume>(VOLUMES, undefined, claim.spec.volumeName)?.spec.csi?.driver === DRIVER;
  });
}
