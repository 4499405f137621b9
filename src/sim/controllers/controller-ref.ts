/** Who owns an object: controller references made, read, adopted and released (`pkg/controller/controller_ref_manager.go`). */
import type { KubeObject, OwnerReference } from "../../objects/kube-object.ts";
import type { SimClient, TypeName } from "../api/client.ts";
import { ApiError } from "../api/status.ts";

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  const owners = object.metadata.ownerReferences;
  if (owners === undefined) return undefined;
  for (const owner of owners) if (owner.controller === true) return owner;
  return undefined;
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

export function controllerRef(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The keys of the controller of `kind` that owns an object; both sides of a change, so that the former owner notices too. */
export function ownerKeys(kind: string, object: KubeObject, previous?: KubeObject): readonly string[] {
  const key = ownerKey(kind, object);
  const keyBefore = previous === undefined || previous.metadata.ownerReferences === object.metadata.ownerReferences ? key : ownerKey(kind, previous);
  if (key === undefined) return keyBefore === undefined ? NO_KEYS : [keyBefore];
  return keyBefore === undefined || keyBefore === key ? [key] : [key, keyBefore];
}

const NO_KEYS: readonly string[] = [];

function ownerKey(kind: string, object: KubeObject): string | undefined {
  const owner = controllerOf(object);
  return owner?.kind === kind ? `${object.metadata.namespace}/${owner.name}` : undefined;
}

/**
 * The objects of `type` that belong to `owner`: those it controls and that still match, plus matching orphans, which it adopts.
 * Those that no longer match are released. `matches` looks at labels (and names, for stateful sets).
 */
export function claim<T extends KubeObject>(
  client: SimClient,
  type: TypeName,
  owner: KubeObject,
  candidates: readonly T[],
  matches: (object: T) => boolean,
): T[] {
  const claimed: T[] = [];
  const isOwnerLeaving = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const reference = controllerOf(object);
    if (reference !== undefined) {
      if (reference.uid !== owner.metadata.uid) continue;
      if (matches(object)) claimed.push(object);
      else if (!isOwnerLeaving) release(client, type, object, owner);
      continue;
    }
    if (isOwnerLeaving || object.metadata.deletionTimestamp !== undefined || !matches(object)) continue;
    const adopted = adopt(client, type, object, owner);
    if (adopted !== undefined) claimed.push(adopted);
  }
  return claimed;
}

function adopt<T extends KubeObject>(client: SimClient, type: TypeName, object: T, owner: KubeObject): T | undefined {
  const { namespace, name, uid } = object.metadata;
  try {
    return client.patch<T>(type, namespace, name, {
      metadata: { ownerReferences: [...(object.metadata.ownerReferences ?? []), controllerRef(owner)], uid },
    });
  } catch (error) {
    if (error instanceof ApiError && error.reason === "NotFound") return undefined;
    throw error;
  }
}

function release(client: SimClient, type: TypeName, object: KubeObject, owner: KubeObject): void {
  const { namespace, name, uid } = object.metadata;
  const rest = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid);
  try {
    client.patch(type, namespace, name, { metadata: { ownerReferences: rest.length === 0 ? null : rest, uid } });
  } catch (error) {
    // Gone already, or replaced by a namesake: either way it is no longer ours.
    if (!(error instanceof ApiError && ["NotFound", "Invalid", "Conflict"].includes(error.reason))) throw error;
  }
}
