/** The keys of all objects of a type that are meant: made once while none of them changes, for events that concern all of them and come for many others at once. */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { SimClient, TypeName } from "../api/client.ts";
import { keyOf } from "./reconciler.ts";

export function keysOf<T extends KubeObject>(type: TypeName, isMeant: (object: T) => boolean = () => true): (client: SimClient) => readonly string[] {
  const known = new WeakMap<SimClient, { changedAt: number; keys: readonly string[] }>();
  return (client) => {
    const changedAt = client.changedAt(type);
    let found = known.get(client);
    if (found?.changedAt !== changedAt) known.set(client, (found = { changedAt, keys: client.list<T>(type).filter(isMeant).map(keyOf) }));
    return found.keys;
  };
}
