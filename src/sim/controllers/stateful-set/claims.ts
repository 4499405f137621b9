/** The claims of a StatefulSet's pods: made before the pod, and owned as the retention policy says (`stateful_pod_control.go`). */
import type { KubeObject, OwnerReference } from "../../../objects/kube-object.ts";
import type { SimClient } from "../../api/client.ts";
import { ApiError } from "../../api/status.ts";
import { controllerRef } from "../controller-ref.ts";
import type { Claim, Pod, StatefulSet } from "../shapes.ts";
import { claimsFor, isInRange, ordinalOf } from "./identity.ts";

const COMPONENT = "statefulset-controller";

/** Creates what is missing; throws when one cannot be made or is on its way out. */
export function createClaims(client: SimClient, set: StatefulSet, pod: Pod): void {
  const errors: string[] = [];
  for (const { claim } of claimsFor(set, ordinalOf(pod))) {
    const { namespace, name } = claim.metadata;
    const tell = (type: "Normal" | "Warning", reason: string, message: string): void => client.event(set, { type, reason, message, component: COMPONENT });
    const found = client.get<Claim>("persistentvolumeclaims", namespace, name);
    if (found?.metadata.deletionTimestamp !== undefined) errors.push(`pvc ${name} is being deleted`);
    if (found !== undefined) continue;
    try {
      client.create("persistentvolumeclaims", claim);
      tell("Normal", "SuccessfulCreate", `Create Claim ${name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} success`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(`failed to create PVC ${name}: ${error.message}`);
      tell("Warning", "FailedCreate", `Create Claim ${name} for Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`);
    }
  }
  if (errors.length > 0) throw new ApiError(500, "InternalError", errors.length === 1 ? errors[0]! : `[${errors.join(", ")}]`);
}

interface Policy {
  deletesWithSet: boolean;
  deletesOnScale: boolean;
}

function policyOf(set: StatefulSet): Policy {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  return { deletesWithSet: whenDeleted === "Delete", deletesOnScale: whenScaled === "Delete" };
}

const names = (reference: OwnerReference, owner: KubeObject): boolean =>
  reference.kind === owner.kind && reference.apiVersion === owner.apiVersion && reference.name === owner.metadata.name;

function wantedOwners(set: StatefulSet, pod: Pod, claim: Claim): OwnerReference[] {
  const owners = claim.metadata.ownerReferences ?? [];
  const others = owners.filter((reference) => !names(reference, set) && !names(reference, pod));
  const { deletesWithSet, deletesOnScale } = policyOf(set);
  // Another controller manages this claim: the policy does not apply.
  if (others.some((reference) => reference.controller === true)) return deletesWithSet || deletesOnScale ? others : owners;
  const isScaledDown = !isInRange(set, pod);
  if (deletesOnScale && isScaledDown && pod.metadata.uid) return [...others, controllerRef(pod)];
  if (deletesWithSet && !(deletesOnScale && isScaledDown)) return [...others, controllerRef(set)];
  return others;
}

/** A claim whose owner was replaced by a namesake: the garbage collector is about to take it. */
export function areClaimsStale(client: SimClient, set: StatefulSet, pod: Pod): boolean {
  if (!policyOf(set).deletesOnScale) return false;
  return claimsFor(set, ordinalOf(pod)).some(({ claim }) => {
    const found = client.get<Claim>("persistentvolumeclaims", claim.metadata.namespace, claim.metadata.name);
    return (found?.metadata.ownerReferences ?? []).some((reference) => names(reference, pod) && reference.uid !== (pod.metadata.uid ?? ""));
  });
}

export function syncClaimOwners(client: SimClient, set: StatefulSet, pod: Pod): void {
  for (const { claim } of claimsFor(set, ordinalOf(pod))) {
    const found = client.get<Claim>("persistentvolumeclaims", claim.metadata.namespace, claim.metadata.name);
    if (found === undefined) continue;
    const owners = found.metadata.ownerReferences ?? [];
    const isStale = owners.some((reference) => (names(reference, set) && reference.uid !== set.metadata.uid) || (names(reference, pod) && reference.uid !== pod.metadata.uid));
    if (isStale) continue;
    const wanted = wantedOwners(set, pod, found);
    const isSame = wanted.length === owners.length && wanted.every((reference) => owners.some((owner) => owner.uid === reference.uid && owner.controller === reference.controller));
    if (isSame) continue;
    client.patch("persistentvolumeclaims", found.metadata.namespace, found.metadata.name, { metadata: { ownerReferences: wanted.length > 0 ? wanted : null } });
  }
}
