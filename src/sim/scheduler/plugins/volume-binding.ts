/** Bound volumes must reach the node; claims that wait for a node get one: a free volume, or the annotation that asks a provisioner. */
import type { KubeObject } from "../../../objects/kube-object.ts";
import type { NodeInfo } from "../node-info.ts";
import type { NodeFilter, Plugin, PreBind, Rejection, SchedulingView } from "../plugin.ts";
import { NEW_LABELS, unresolvable } from "../plugin.ts";
import type { PodInfo } from "../pod-info.ts";
import type { PodClaims } from "../volume-claims.ts";
import { canProvision, isClaimBound, matchingVolume, podClaims, SELECTED_NODE, volumeReaches } from "../volume-claims.ts";

const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const NOT_ENOUGH_SPACE = "node(s) did not have enough free storage";
const VOLUME_MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

interface Decision {
  reasons: string[];
  /** Claims with the volume each gets. */
  bindings: { claim: KubeObject; volume: KubeObject }[];
  provisions: KubeObject[];
}

export const volumeBinding: Plugin = {
  name: "VolumeBinding",
  requeueOn: ["claim", "volume", "storage-class", "node", "csi"],
  nodeHint: NEW_LABELS,
  filter(info, view): NodeFilter | Rejection | undefined {
    if (info.claimNames.length === 0) return undefined;
    const claims = podClaims(info, view.client);
    if (typeof claims === "string") return unresolvable(claims);
    if (claims.unboundImmediate.length > 0) return unresolvable("pod has unbound immediate PersistentVolumeClaims");
    return {
      check(node) {
        const { reasons } = decide(claims, node, view);
        return reasons.length === 0 ? undefined : unresolvable(...reasons);
      },
    };
  },
  preBind,
};

function decide(claims: PodClaims, node: NodeInfo, view: SchedulingView): Decision {
  const reasons: string[] = [];
  const bindings: Decision["bindings"] = [];
  const provisions: KubeObject[] = [];
  for (const claim of claims.bound) {
    const volume = view.client.get("persistentvolumes", undefined, claim.spec.volumeName);
    if (volume === undefined) reasons.push(VOLUME_MISSING);
    else if (!volumeReaches(volume, node.node)) reasons.push(NODE_CONFLICT);
  }
  const taken = new Set<string>();
  const volumes = claims.unboundDelayed.length > 0 ? view.client.list("persistentvolumes") : [];
  for (const claim of claims.unboundDelayed) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.name) {
      reasons.push(BIND_CONFLICT);
      continue;
    }
    const volume = selected === undefined ? matchingVolume(claim, volumes, node.node, taken) : undefined;
    if (volume !== undefined) {
      taken.add(volume.metadata.name);
      bindings.push({ claim, volume });
      continue;
    }
    const check = canProvision(claim, node.node, view.client);
    if (check === "possible") provisions.push(claim);
    else reasons.push(check === "impossible" ? BIND_CONFLICT : NOT_ENOUGH_SPACE);
  }
  return { reasons: [...new Set(reasons)], bindings, provisions };
}

function preBind(info: PodInfo, node: NodeInfo, view: SchedulingView): PreBind | undefined {
  if (info.claimNames.length === 0) return undefined;
  const claims = podClaims(info, view.client);
  if (typeof claims === "string" || claims.unboundDelayed.length === 0) return undefined;
  const { bindings, provisions } = decide(claims, node, view);
  const { client } = view;
  return {
    begin() {
      for (const { claim, volume } of bindings) {
        const { apiVersion, kind, metadata } = claim;
        client.patch("persistentvolumes", undefined, volume.metadata.name, {
          metadata: { annotations: { "pv.kubernetes.io/bound-by-controller": "yes" } },
          spec: {
            claimRef: { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid, resourceVersion: metadata.resourceVersion },
          },
        });
      }
      for (const { metadata } of provisions) {
        client.patch("persistentvolumeclaims", metadata.namespace, metadata.name, { metadata: { annotations: { [SELECTED_NODE]: node.name } } });
      }
    },
    state() {
      for (const { metadata } of [...bindings.map(({ claim }) => claim), ...provisions]) {
        const claim = client.get("persistentvolumeclaims", metadata.namespace, metadata.name);
        if (claim === undefined) return `persistentvolumeclaim "${metadata.name}" not found`;
        if (isClaimBound(claim)) {
          const volume = client.get("persistentvolumes", undefined, claim.spec.volumeName);
          if (volume !== undefined && !volumeReaches(volume, node.node)) return `pv "${volume.metadata.name}" node affinity doesn't match node "${node.name}"`;
          continue;
        }
        const isProvision = provisions.some((provision) => provision.metadata.uid === metadata.uid);
        // A provisioner that gives up takes the annotation away.
        if (isProvision && claim.metadata.annotations?.[SELECTED_NODE] === undefined) return `provisioning failed for PVC "${metadata.namespace}/${metadata.name}"`;
        return false;
      }
      return true;
    },
  };
}
