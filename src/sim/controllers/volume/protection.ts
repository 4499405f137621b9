/** Claims in use by a pod, and volumes bound to a claim, are not deleted before that ends (`pkg/controller/volume/pvcprotection`, `pvprotection`). */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { TypeName } from "../../api/client.ts";
import { ApiError } from "../../api/status.ts";
import { splitKey, type ControllerContext, type Reconciler } from "../reconciler.ts";
import type { Pod } from "../shapes.ts";
import { usesClaim } from "./persistent-volume.ts";
import { CLAIMS, VOLUMES, type PersistentVolume } from "./volume-shape.ts";

const CLAIM_FINALIZER = "kubernetes.io/pvc-protection";
const VOLUME_FINALIZER = "kubernetes.io/pv-protection";

function setFinalizer({ client }: ControllerContext, type: TypeName, { metadata }: KubeObject, finalizer: string, wanted: boolean): void {
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.includes(finalizer) === wanted) return;
  const next = wanted ? [...finalizers, finalizer] : finalizers.filter((name) => name !== finalizer);
  try {
    client.patch(type, metadata.namespace, metadata.name, { metadata: { uid: metadata.uid, finalizers: next.length > 0 ? next : null } });
  } catch (error) {
    if (!(error instanceof ApiError && ["NotFound", "Conflict"].includes(error.reason))) throw error;
  }
}

function claimNames(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => (persistentVolumeClaim ? [persistentVolumeClaim.claimName] : ephemeral ? [`${pod.metadata.name}-${name}`] : []));
}

export const claimProtectionController: Reconciler = {
  name: "persistentvolumeclaim-protection-controller",
  watches: [
    { type: CLAIMS },
    { type: "pods", keys: ({ type, object }) => (type === "DELETED" ? claimNames(object as Pod).map((name) => `${object.metadata.namespace}/${name}`) : []) },
  ],
  sync(key, context) {
    const { namespace, name } = splitKey(key);
    const claim = context.client.get(CLAIMS, namespace, name);
    if (claim === undefined) return;
    // Only a pod on a node counts: a kubelet refuses to start one with a claim that is leaving.
    const isUsed = (): boolean => context.client.list<Pod>("pods", { namespace }).some((pod) => !!pod.spec.nodeName && usesClaim(pod, name));
    const wanted = claim.metadata.deletionTimestamp === undefined || isUsed();
    if (claim.metadata.deletionTimestamp === undefined || !wanted) setFinalizer(context, CLAIMS, claim, CLAIM_FINALIZER, wanted);
  },
};

export const volumeProtectionController: Reconciler = {
  name: "persistentvolume-protection-controller",
  watches: [{ type: VOLUMES }],
  sync(name, context) {
    const volume = context.client.get<PersistentVolume>(VOLUMES, undefined, name);
    if (volume === undefined) return;
    const isLeaving = volume.metadata.deletionTimestamp !== undefined;
    if (!isLeaving) setFinalizer(context, VOLUMES, volume, VOLUME_FINALIZER, true);
    else if (volume.status?.phase !== "Bound") setFinalizer(context, VOLUMES, volume, VOLUME_FINALIZER, false);
  },
};

/** Claims of generic ephemeral volumes: made for the pod, owned by it (`pkg/controller/volume/ephemeral`). */
export const ephemeralVolumeController: Reconciler = {
  name: "ephemeral-volume-controller",
  watches: [{ type: "pods", keys: ({ type, object }) => (type === "ADDED" && (object as Pod).spec.volumes?.some(({ ephemeral }) => ephemeral) ? [`${object.metadata.namespace}/${object.metadata.name}`] : []) }],
  sync(key, { client }) {
    const { namespace, name } = splitKey(key);
    const pod = client.get<Pod>("pods", namespace, name);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    for (const volume of pod.spec.volumes ?? []) {
      if (volume.ephemeral === undefined) continue;
      const claimName = `${name}-${volume.name}`;
      const found = client.get(CLAIMS, namespace, claimName);
      if (found !== undefined) {
        if (found.metadata.ownerReferences?.some(({ uid, controller }) => uid === pod.metadata.uid && controller)) continue;
        const message = `PVC ${namespace}/${claimName} was not created for pod ${key} (pod is not owner)`;
        client.event(pod, { type: "Warning", reason: "EphemeralVolumeCreateFailed", message, component: "ephemeral_volume" });
        continue;
      }
      const { metadata, spec } = volume.ephemeral.volumeClaimTemplate;
      const ownerReferences = [{ apiVersion: "v1", kind: "Pod", name, uid: pod.metadata.uid ?? "", controller: true, blockOwnerDeletion: true }];
      const { labels, annotations } = metadata ?? {};
      client.create(CLAIMS, {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: claimName, namespace, ownerReferences, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
        spec,
      });
    }
  },
};
