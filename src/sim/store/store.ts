/**
 * The cluster's memory, with etcd's semantics: one revision counter, a bounded history of changes, watches from a revision.
 * Objects are kept as they are given and shared with every reader: nobody changes one in place.
 */
import { assert } from "../../lib/assert.ts";
import type { KubeObject } from "../../objects/kube-object.ts";

export interface Change {
  revision: number;
  /** Storage type: `group/plural` or `plural`, the same for all versions of a resource. */
  type: string;
  key: string;
  kind: "put" | "delete";
  /** The object after a put; for a delete the last state, with the deletion's resourceVersion. */
  object: KubeObject;
  previous: KubeObject | undefined;
}

export type Listener = (change: Change) => void;

/** `namespace/name`, or `name` for what has no namespace. etcd's order is the order of these keys. */
export function storeKey(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

interface Collection {
  objects: Map<string, KubeObject>;
  /** Keys in order, rebuilt on demand after an insert or a removal. */
  sorted: string[] | undefined;
  byNamespace: Map<string, Map<string, KubeObject>>;
  listeners: Set<Listener>;
  indexes: Map<string, Index>;
  /** Revision of the last change to any of them; 0: none yet. */
  changedAt: number;
}

interface Index {
  valuesOf(object: KubeObject): readonly string[];
  entries: Map<string, Map<string, KubeObject>>;
  /** Values whose entries are not in the order of the collection: an object came to one after it was made. */
  unordered: Set<string>;
}

/** Below it looking at all objects costs less than keeping an index. */
const INDEXED_COUNT_MIN = 64;

export interface StoreOptions {
  /** Changes kept for watches that start in the past. etcd is compacted every 5 minutes; here it is a number of changes. */
  historyCountMax: number;
}

export class Store {
  #revision = 1;
  #compacted = 0;
  #history: Change[] = [];
  #historyStart = 0;
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Set<Listener>();
  /** Changes that were made and not told yet, oldest first: more than one only while a listener writes. */
  readonly #untold: [Collection, Change][] = [];
  #isTelling = false;
  readonly #options: StoreOptions;

  constructor(options: StoreOptions = { historyCountMax: 10_000 }) {
    this.#options = options;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The oldest revision a watch or a list may still ask for. */
  get compactedRevision(): number {
    return this.#compacted;
  }

  get(type: string, key: string): KubeObject | undefined {
    return this.#collections.get(type)?.objects.get(key);
  }

  count(type: string): number {
    return this.#collections.get(type)?.objects.size ?? 0;
  }

  /** In etcd's key order. */
  list(type: string, namespace?: string): KubeObject[] {
    const collection = this.#collections.get(type);
    if (collection === undefined) return [];
    if (namespace !== undefined) {
      const objects = collection.byNamespace.get(namespace);
      if (objects === undefined) return [];
      const keys = [...objects.keys()].sort();
      return keys.map((key) => objects.get(key)!);
    }
    collection.sorted ??= [...collection.objects.keys()].sort();
    return collection.sorted.map((key) => collection.objects.get(key)!);
  }

  /** Unordered, for readers that only count or filter. */
  values(type: string, namespace?: string): Iterable<KubeObject> {
    const collection = this.#collections.get(type);
    if (collection === undefined) return [];
    return (namespace === undefined ? collection.objects : collection.byNamespace.get(namespace))?.values() ?? [];
  }

  /** Those of `values` that have all of these labels, in the same order, without looking at all the others. */
  labelled(type: string, labels: Readonly<Record<string, string>>, namespace?: string): KubeObject[] {
    const collection = this.#collections.get(type);
    const objects = namespace === undefined ? collection?.objects : collection?.byNamespace.get(namespace);
    if (collection === undefined || objects === undefined) return [];
    const found: KubeObject[] = [];
    for (const object of this.#candidates(type, collection, objects, labels)) {
      if (hasLabels(object, labels) && (namespace === undefined || (object.metadata.namespace ?? "") === namespace)) found.push(object);
    }
    return found;
  }

  /** Revision of the last change to any object of this type since the start; 0: none. Whoever keeps what it made of them knows by it whether that still holds. */
  changedAt(type: string): number {
    return this.#collections.get(type)?.changedAt ?? 0;
  }

  /** Stores the object as a new revision; `make` receives the revision so that the object can carry it. */
  put(type: string, key: string, make: (revision: number) => KubeObject): KubeObject {
    const collection = this.#collection(type);
    const previous = collection.objects.get(key);
    const revision = ++this.#revision;
    const object = make(revision);
    if (previous === undefined) collection.sorted = undefined;
    collection.objects.set(key, object);
    this.#inNamespace(collection, object).set(key, object);
    for (const index of collection.indexes.values()) reindex(index, key, previous, object);
    this.#tell(collection, { revision, type, key, kind: "put", object, previous });
    return object;
  }

  /** A new revision that everybody hears of and nobody can read later. */
  pass(type: string, key: string, make: (revision: number) => KubeObject): void {
    const revision = ++this.#revision;
    this.#tell(this.#collection(type), { revision, type, key, kind: "put", object: make(revision), previous: undefined });
  }

  delete(type: string, key: string, make: (revision: number, last: KubeObject) => KubeObject): KubeObject | undefined {
    const collection = this.#collection(type);
    const previous = collection.objects.get(key);
    if (previous === undefined) return undefined;
    const revision = ++this.#revision;
    const object = make(revision, previous);
    collection.objects.delete(key);
    collection.sorted = undefined;
    this.#inNamespace(collection, previous).delete(key);
    for (const index of collection.indexes.values()) reindex(index, key, previous, undefined);
    this.#tell(collection, { revision, type, key, kind: "delete", object, previous });
    return object;
  }

  /** Objects by a value computed from them, kept up to date at every write. Declared once per type and name. */
  defineIndex(type: string, name: string, valuesOf: (object: KubeObject) => readonly string[]): void {
    const collection = this.#collection(type);
    if (collection.indexes.has(name)) return;
    const index: Index = { valuesOf, entries: new Map(), unordered: new Set() };
    collection.indexes.set(name, index);
    for (const [key, object] of collection.objects) reindex(index, key, undefined, object);
  }

  /** In insertion order. */
  byIndex(type: string, name: string, value: string): readonly KubeObject[] {
    const index = this.#collections.get(type)?.indexes.get(name);
    assert(index !== undefined, `index ${name} of ${type} is declared`);
    const found = index.entries.get(value);
    return found === undefined ? [] : [...found.values()];
  }

  /** Told of every change of one type, or of all types, from now on. */
  listen(type: string | undefined, listener: Listener): () => void {
    const listeners = type === undefined ? this.#listeners : this.#collection(type).listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Changes after `revision`, oldest first; undefined when they were compacted away. */
  since(revision: number, type: string): Change[] | undefined {
    if (revision < this.#compacted) return undefined;
    // The history is in revision order without gaps, so the place is known without a search.
    const first = Math.max(0, revision + 1 - this.#historyStart);
    const changes: Change[] = [];
    for (let i = first; i < this.#history.length; i++) {
      const change = this.#history[i]!;
      if (change.type === type) changes.push(change);
    }
    return changes;
  }

  /** Forgets the history up to and including `revision`. */
  compact(revision: number): void {
    const drop = Math.min(this.#history.length, revision + 1 - this.#historyStart);
    if (drop <= 0) return;
    this.#history = this.#history.slice(drop);
    this.#historyStart += drop;
    this.#compacted = Math.max(this.#compacted, Math.min(revision, this.#revision));
  }

  types(): string[] {
    return [...this.#collections.keys()].sort();
  }

  /** Everything, for a snapshot. */
  dump(): { revision: number; objects: { type: string; key: string; object: KubeObject }[] } {
    const objects = this.types().flatMap((type) => {
      const collection = this.#collections.get(type)!;
      return [...collection.objects.keys()].sort().map((key) => ({ type, key, object: collection.objects.get(key)! }));
    });
    return { revision: this.#revision, objects };
  }

  /** Takes over what `dump` gave; only before anything was written. */
  restore(dump: { revision: number; objects: readonly { type: string; key: string; object: KubeObject }[] }): void {
    assert(this.#revision === 1, "a store is restored before it is used");
    for (const { type, key, object } of dump.objects) {
      const collection = this.#collection(type);
      collection.objects.set(key, object);
      this.#inNamespace(collection, object).set(key, object);
      for (const index of collection.indexes.values()) reindex(index, key, undefined, object);
    }
    this.#revision = dump.revision;
    this.#compacted = dump.revision;
  }

  /** What may have these labels: all of them, or what an index knows to have the first of them. */
  #candidates(type: string, collection: Collection, objects: ReadonlyMap<string, KubeObject>, labels: Readonly<Record<string, string>>): Iterable<KubeObject> {
    if (objects.size < INDEXED_COUNT_MIN) return objects.values();
    for (const label in labels) {
      const name = `label ${label}`;
      this.defineIndex(type, name, ({ metadata }) => (metadata.labels?.[label] === undefined ? [] : [metadata.labels[label]]));
      const { entries, unordered } = collection.indexes.get(name)!;
      return (unordered.has(labels[label]!) ? objects : entries.get(labels[label]!))?.values() ?? [];
    }
    return objects.values();
  }

  #collection(type: string): Collection {
    let collection = this.#collections.get(type);
    if (collection === undefined) {
      collection = { objects: new Map(), sorted: undefined, byNamespace: new Map(), listeners: new Set(), indexes: new Map(), changedAt: 0 };
      this.#collections.set(type, collection);
    }
    return collection;
  }

  #inNamespace(collection: Collection, object: KubeObject): Map<string, KubeObject> {
    const namespace = object.metadata.namespace ?? "";
    let objects = collection.byNamespace.get(namespace);
    if (objects === undefined) {
      objects = new Map();
      collection.byNamespace.set(namespace, objects);
    }
    return objects;
  }

  #tell(collection: Collection, change: Change): void {
    if (this.#history.length === 0) this.#historyStart = change.revision;
    this.#history.push(change);
    collection.changedAt = change.revision;
    // Dropping a tenth at a time keeps the cost of forgetting constant per write.
    if (this.#history.length > this.#options.historyCountMax * 1.1) {
      this.compact(this.#historyStart + this.#history.length - this.#options.historyCountMax - 1);
    }
    this.#untold.push([collection, change]);
    // A listener that writes is told of that, as all are, once all have heard of what it was told: nobody hears of a later change first.
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
        const [of, told] = next;
        for (const listener of of.listeners) listener(told);
        for (const listener of this.#listeners) listener(told);
      }
    } finally {
      this.#isTelling = false;
    }
  }
}

function hasLabels(object: KubeObject, wanted: Readonly<Record<string, string>>): boolean {
  const labels = object.metadata.labels;
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

function reindex(index: Index, key: string, previous: KubeObject | undefined, next: KubeObject | undefined): void {
  const before = previous === undefined ? [] : index.valuesOf(previous);
  const after = next === undefined ? [] : index.valuesOf(next);
  for (const value of before) {
    if (after.includes(value)) continue;
    const found = index.entries.get(value);
    found?.delete(key);
    if (found?.size !== 0) continue;
    index.entries.delete(value);
    index.unordered.delete(value);
  }
  for (const value of after) {
    let found = index.entries.get(value);
    if (found === undefined) {
      found = new Map();
      index.entries.set(value, found);
    } else if (previous !== undefined && !before.includes(value)) index.unordered.add(value);
    found.set(key, next!);
  }
}
