/** A cluster's API as a trial sees it: reads what is there, and keeps to itself what the scheduler's plugins write of claims and volumes. Nothing else can be written. */
import { assert } from "../../lib/assert.ts";
import type { JsonObject, KubeObject } from "../../objects/kube-object.ts";
import type { ListOptions, SimClient, TypeName } from "../../sim/api/client.ts";
import { jsonMergePatch } from "../../sim/api/merge/json-merge-patch.ts";

export function trialClient(client: SimClient): SimClient {
  const written = new Map<TypeName, Map<string, KubeObject>>();
  const key = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;
  const keyOf = ({ metadata }: KubeObject): string => key(metadata.namespace, metadata.name);
  const write = <T extends KubeObject>(type: TypeName, object: T): T => {
    const ofType = written.get(type) ?? new Map<string, KubeObject>();
    written.set(type, ofType.set(keyOf(object), object));
    return object;
  };
  const refuse = (): never => {
    throw new Error("a trial writes nothing but claims and volumes");
  };
  const get = <T extends KubeObject>(type: TypeName, namespace: string | undefined, name: string): T | undefined => (written.get(type)?.get(key(namespace, name)) as T | undefined) ?? client.get<T>(type, namespace, name);
  return {
    ...client,
    get,
    list<T extends KubeObject>(type: TypeName, options: ListOptions = {}): readonly T[] {
      const ofType = written.get(type);
      const found = client.list<T>(type, options);
      if (ofType === undefined) return found;
      assert(options.labels === undefined, "claims and volumes are not looked for by labels");
      const known = new Set(found.map(keyOf));
      const added = [...ofType.values()].filter((object) => !known.has(keyOf(object)) && (options.namespace === undefined || object.metadata.namespace === options.namespace));
      return [...found.map((object) => (ofType.get(keyOf(object)) as T | undefined) ?? object), ...(added as T[])];
    },
    create: write,
    patch<T extends KubeObject>(type: TypeName, namespace: string | undefined, name: string, mergePatch: object): T {
      const object = get<T>(type, namespace, name);
      assert(object !== undefined, `a trial patches ${type} ${key(namespace, name)}, which is not there`);
      return write(type, jsonMergePatch(object, mergePatch as JsonObject));
    },
    update: refuse,
    updateStatus: refuse,
    delete: refuse,
    evict: refuse,
    renewLease: refuse,
    bind: refuse,
    watch: refuse,
    event: refuse,
  };
}
