/** Names, labels and volumes that make a StatefulSet's pod that pod and no other (`stateful_set_utils.go`). */
import { REVISION_HASH_LABEL, templateOf } from "../controller-history.ts";
import { podFromTemplate } from "../pod-control.ts";
import type { Claim, ControllerRevision, Pod, StatefulSet, Volume } from "../shapes.ts";

const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

export const startOrdinal = (set: StatefulSet): number => set.spec.ordinals?.start ?? 0;
export const replicasOf = (set: StatefulSet): number => set.spec.replicas ?? 1;

export function parentAndOrdinal(name: string): { parent: string; ordinal: number } {
  const match = /^(.*)-([0-9]+)$/.exec(name);
  return match === null ? { parent: "", ordinal: -1 } : { parent: match[1]!, ordinal: Number(match[2]) };
}

export const ordinalOf = (pod: Pod): number => parentAndOrdinal(pod.metadata.name).ordinal;

export function isInRange(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(pod);
  return ordinal >= startOrdinal(set) && ordinal < startOrdinal(set) + replicasOf(set);
}

export const revisionOf = (pod: Pod): string => pod.metadata.labels?.[REVISION_HASH_LABEL] ?? "";

export function claimsFor(set: StatefulSet, ordinal: number): { volume: string; claim: Claim }[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    volume: template.metadata.name,
    claim: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name: `${template.metadata.name}-${set.metadata.name}-${ordinal}`,
        namespace: set.metadata.namespace,
        labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
        ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
      },
      spec: template.spec,
    },
  }));
}

function identityLabels(pod: Pod): Record<string, string> {
  return { ...pod.metadata.labels, [POD_NAME]: pod.metadata.name, [POD_INDEX]: String(ordinalOf(pod)) };
}

function volumesFor(set: StatefulSet, pod: Pod): Volume[] {
  const claims = claimsFor(set, ordinalOf(pod));
  const names = new Set(claims.map(({ volume }) => volume));
  return [
    ...claims.map(({ volume, claim }) => ({ name: volume, persistentVolumeClaim: { claimName: claim.metadata.name } })),
    ...(pod.spec.volumes ?? []).filter(({ name }) => !names.has(name)),
  ];
}

export function identityMatches(pod: Pod): boolean {
  return pod.metadata.labels?.[POD_NAME] === pod.metadata.name;
}

export function storageMatches(set: StatefulSet, pod: Pod): boolean {
  return claimsFor(set, ordinalOf(pod)).every(({ volume, claim }) =>
    pod.spec.volumes?.some(({ name, persistentVolumeClaim }) => name === volume && persistentVolumeClaim?.claimName === claim.metadata.name),
  );
}

export function withIdentity(set: StatefulSet, pod: Pod): Pod {
  return { ...pod, metadata: { ...pod.metadata, labels: identityLabels(pod) }, spec: { ...pod.spec, volumes: volumesFor(set, pod) } };
}

function podOf(set: StatefulSet, revision: ControllerRevision, ordinal: number): Pod {
  const pod = podFromTemplate(templateOf(revision), set);
  // Upstream leaves the generateName of the template's pod beside the name.
  const named: Pod = { ...pod, metadata: { ...pod.metadata, name: `${set.metadata.name}-${ordinal}` } };
  const labels = { ...identityLabels(named), [REVISION_HASH_LABEL]: revision.metadata.name };
  return {
    ...named,
    metadata: { ...named.metadata, labels },
    spec: {
      ...named.spec,
      volumes: volumesFor(set, named),
      hostname: named.metadata.name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
    },
  };
}

/** A missing pod comes back at the old revision below the partition, or below the count that is still at it. */
export function newPod(set: StatefulSet, current: ControllerRevision, update: ControllerRevision, ordinal: number): Pod {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  const first = startOrdinal(set);
  const isOld =
    rollingUpdate === undefined ? type === "RollingUpdate" && ordinal < first + (set.status?.currentReplicas ?? 0) : ordinal < first + (rollingUpdate.partition ?? 0);
  return podOf(set, isOld ? current : update, ordinal);
}
