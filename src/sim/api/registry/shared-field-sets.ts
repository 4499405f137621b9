/**
 * One copy of each field set in `managedFields`: the pods of a Deployment all say the same there, and it is more than half of what an object weighs.
 * Field sets are immutable once they are stored, so sharing them is safe.
 */
import type { ManagedFieldsEntry } from "../../../objects/kube-object.ts";

/** Sets remembered; the oldest is forgotten first, which costs memory but nothing else. */
const SET_COUNT_MAX = 2_000;

export class SharedFieldSets {
  readonly #byText = new Map<string, ManagedFieldsEntry["fieldsV1"]>();

  /** The same entries, with field sets that are known already in place of equal ones. `before`: entries that were shared when they were written. */
  share(entries: ManagedFieldsEntry[], before: readonly ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] {
    if (entries === before) return entries;
    return entries.map((entry) => {
      if (entry.fieldsV1 === undefined || before?.includes(entry)) return entry;
      // Stored sets have their elements in one order, so that equal sets have equal text.
      const text = JSON.stringify(entry.fieldsV1);
      const known = this.#byText.get(text);
      if (known !== undefined) return { ...entry, fieldsV1: known };
      if (this.#byText.size >= SET_COUNT_MAX) this.#byText.delete(this.#byText.keys().next().value!);
      this.#byText.set(text, entry.fieldsV1);
      return entry;
    });
  }
}
