/** Who depends on whom: objects with owner references, by the owner's uid. Kept from watch events alone. */
import type { KubeObject, OwnerReference } from "../../../objects/kube-object.ts";
import type { ObjectEvent, TypeName } from "../../api/client.ts";

export interface Dependent {
  type: TypeName;
  namespace: string | undefined;
  name: string;
  owners: readonly OwnerReference[];
  isDeletingDependents: boolean;
}

const NONE: readonly OwnerReference[] = [];
export const FOREGROUND = "foregroundDeletion";

export function isDeletingDependents(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers?.includes(FOREGROUND) ?? false);
}

export class Dependents {
  readonly #byUid = new Map<string, Dependent>();
  readonly #byOwner = new Map<string, Set<Dependent>>();

  observe(type: TypeName, { type: change, object }: ObjectEvent): void {
    const { uid = "", namespace, name, ownerReferences: owners = NONE } = object.metadata;
    const known = this.#byUid.get(uid);
    if (known !== undefined && known.owners === owners && change !== "DELETED") {
      known.isDeletingDependents = isDeletingDependents(object);
      return;
    }
    if (known !== undefined) for (const owner of known.owners) this.#byOwner.get(owner.uid)?.delete(known);
    if (change === "DELETED" || owners.length === 0) {
      this.#byUid.delete(uid);
      return;
    }
    const dependent: Dependent = known ?? { type, namespace, name, owners, isDeletingDependents: false };
    dependent.owners = owners;
    dependent.isDeletingDependents = isDeletingDependents(object);
    this.#byUid.set(uid, dependent);
    for (const owner of owners) {
      const dependents = this.#byOwner.get(owner.uid);
      if (dependents === undefined) this.#byOwner.set(owner.uid, new Set([dependent]));
      else dependents.add(dependent);
    }
  }

  of(ownerUid: string | undefined): Dependent[] {
    const dependents = this.#byOwner.get(ownerUid ?? "");
    if (dependents === undefined) return [];
    if (dependents.size === 0) this.#byOwner.delete(ownerUid ?? "");
    return [...dependents];
  }
}
