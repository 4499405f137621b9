/** Stored objects that nobody can change in place, for tests: whoever tries is thrown out, or told of in a cluster's log where a part goes on after an error. */
import { type KubeObject } from "../../src/objects/kube-object.ts";
import { Store } from "../../src/sim/store/store.ts";

/** From now on every store of this process freezes what it is given; returns how to stop. */
export function freezeStored(): () => void {
  const { put, delete: remove } = Store.prototype;
  Store.prototype.put = function (type, key, make) {
    return put.call(this, type, key, (revision) => deepFreeze(make(revision)));
  };
  Store.prototype.delete = function (type, key, make) {
    return remove.call(this, type, key, (revision, last) => deepFreeze(make(revision, last)));
  };
  return () => Object.assign(Store.prototype, { put, delete: remove });
}

/** Control loops log an error and try again later: those of these lines that tell of a change in place. */
export function changesInPlace(lines: readonly string[]): string[] {
  return lines.filter((line) => /Cannot (assign to read only|add|delete|define|redefine) property|object is not extensible/.test(line));
}

function deepFreeze(object: KubeObject): KubeObject {
  freeze(object);
  return object;
}

function freeze(value: unknown): void {
  // What is frozen was stored before, as a whole.
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const child of Object.values(value)) freeze(child);
}
