/**
 * Longhorn's own answer to a machine that is down: its pods' volumes stay with pods that cannot be deleted, so that it deletes them by force where its setting says so
 * (longhorn-manager `kubernetes_pod_controller.go`, `handlePodDeletionIfNodeDown`). The six minutes until a volume is detached by force begin then; Longhorn itself takes the
 * attachment away first and does not wait for them (docs/differences.md). The default does nothing.
 */
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
const NAMESPACE = "longhorn-system";
const POLICY = "node-down-pod-deletion-policy";
/** Owners of the pods that a policy speaks of. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  "delete-statefulset-pod": ["StatefulSet"],
  "delete-deployment-pod": ["ReplicaSet"],
  "delete-both-statefulset-and-deployment-pod": ["StatefulSet", "ReplicaSet"],
};
/** How often a pod that is not to be deleted yet is looked at again. */
const LOOK_MS = 10_000;

export function longhornPodsController(): Reconciler {
  return {
    name: "longhorn-pods",
    watches: [{ type: "pods", keys: ({ object, type }) => (type !== "DELETED" && isTerminating(object as Pod) && (object as Pod).spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim) ? [`${object.metadata.namespace}/${object.metadata.name}`] : []) }],
    sync(key, context) {
      const { client, clock } = context;
      const { namespace, name } = splitKey(key);
      const pod = client.get<Pod>("pods", namespace, name);
      if (pod === undefined || !isTerminating(pod) || !usesLonghorn(context, pod) || !isMeant(context, pod)) return undefined;
      const leftMs = Date.parse(pod.metadata.deletionTimestamp!) - clock.now();
      if (leftMs > 0) return leftMs;
      const node = client.get<Node>("nodes", undefined, pod.spec.nodeName ?? "");
      const isDown = node === undefined || !isConditionTrue(node.status?.conditions, "Ready");
      if (!isDown || !isOperatorRunning(client, MANAGER)) return { upkeepMs: LOOK_MS };
      try {
        client.delete("pods", namespace, name, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid! } });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return LOOK_MS;
      }
      return undefined;
    },
  };
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
