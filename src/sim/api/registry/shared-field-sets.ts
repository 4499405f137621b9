/**
 * One copy of each field set in `managedFields`: the pods of a Deployment all say the same there, and it is more than half of what an object weighs.
 * Field sets are immutable once they are stored, so sharing them is safe.
 */
import type { ManagedFieldsEntry } from "../../../objects/kube-object.ts";

/** Sets remembered; the one not used for longest is forgotten first, which costs memory but nothing else. */
const SET_COUNT_MAX = 2_000;

type Tree = { readonly [element: string]: Tree };

const LEAF: Tree = Object.freeze({});

export class SharedFieldSets {
  readonly #byText = new Map<string, Tree>();

  /** The same entries, with field sets that are known already in place of equal ones. `before`: entries that were shared when they were written. */
  share(entries: ManagedFieldsEntry[], before: readonly ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] {
    if (entries === before) return entries;
    return entries.map((entry) => {
      if (entry.fieldsV1 === undefined || before?.includes(entry)) return entry;
      return { ...entry, fieldsV1: this.#shared(entry.fieldsV1 as Tree) };
    });
  }

  /** A set that is new still shares its parts: a pod's address is in its kubelet's set, everything around it is as in all others. */
  #shared(tree: Tree): Tree {
    // Stored sets have their elements in one order, so that equal sets have equal text.
    const text = JSON.stringify(tree);
    if (text === "{}") return LEAF;
    let known = this.#byText.get(text);
    if (known === undefined) {
      const parts: Record<string, Tree> = {};
      for (const element in tree) parts[element] = this.#shared(tree[element]!);
      known = parts;
      if (this.#byText.size >= SET_COUNT_MAX) this.#byText.delete(this.#byText.keys().next().value!);
    } else this.#byText.delete(text);
    // Last is what was used last.
    this.#byText.set(text, known);
    return known;
  }
}
