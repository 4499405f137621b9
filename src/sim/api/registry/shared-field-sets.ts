/**
 * One copy of each field set in `managedFields`: the pods of a Deployment all say the same there, and it is more than half of what an object weighs.
 * Field sets are immutable once they are stored, so sharing them is safe.
 */
import type { JsonObject, ManagedFieldsEntry } from "../../../objects/kube-object.ts";
import { EMPTY, type FieldSet, markInOrder } from "../merge/field-set.ts";

/** Sets remembered; the one not used for longest is forgotten first, which costs memory but nothing else. */
const SET_COUNT_MAX = 2_000;

export class SharedFieldSets {
  /** By what a set is made of: its elements, and the numbers of the sets below them. */
  readonly #byParts = new Map<string, FieldSet>();
  /** The number of each set that was given out, also of one forgotten since: two equal sets are at worst stored twice. */
  readonly #numbers = new WeakMap<FieldSet, number>([[EMPTY, 0]]);
  #numbered = 0;

  /** The same entries, with field sets that are known already in place of equal ones. `before`: entries that were shared when they were written. */
  share(entries: ManagedFieldsEntry[], before: readonly ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] {
    if (entries === before) return entries;
    return entries.map((entry) => {
      if (entry.fieldsV1 === undefined || before?.includes(entry)) return entry;
      const set = this.#shared(entry.fieldsV1 as FieldSet);
      return set === entry.fieldsV1 ? entry : { ...entry, fieldsV1: set as JsonObject };
    });
  }

  /** A set that is new still shares its parts: a pod's address is in its kubelet's set, everything around it is as in all others. */
  #shared(set: FieldSet): FieldSet {
    if (this.#numbers.has(set)) return set;
    // Stored sets have their elements in one order, so that equal sets have equal parts in an equal order.
    let parts = "";
    let copy: Record<string, FieldSet> | undefined;
    for (const element in set) {
      const mine = set[element]!;
      const shared = this.#shared(mine);
      if (shared !== mine) (copy ??= { ...set })[element] = shared;
      parts += `${element}\u0000${this.#numbers.get(shared)}\u0000`;
    }
    if (parts === "") return EMPTY;
    let known = this.#byParts.get(parts);
    if (known === undefined) {
      known = copy === undefined ? set : markInOrder(copy);
      this.#numbers.set(known, ++this.#numbered);
      if (this.#byParts.size >= SET_COUNT_MAX) this.#byParts.delete(this.#byParts.keys().next().value!);
    } else this.#byParts.delete(parts);
    // Last is what was used last.
    this.#byParts.set(parts, known);
    return known;
  }
}
