/** What an operation made of two field sets: sets are immutable, so the same two always make the same. */
import type { FieldSet } from "./shared-field-sets.ts";

/** Results remembered; beyond, all are forgotten, which costs time but nothing else. */
const RESULT_COUNT_MAX = 4_000;

export class PairMemo {
  readonly #byLeft = new Map<FieldSet, Map<FieldSet, FieldSet>>();
  #count = 0;

  get(left: FieldSet, right: FieldSet): FieldSet | undefined {
    return this.#byLeft.get(left)?.get(right);
  }

  /** Remembers the result, and returns it. */
  keep(left: FieldSet, right: FieldSet, result: FieldSet): FieldSet {
    if (this.#count >= RESULT_COUNT_MAX) {
      this.#byLeft.clear();
      this.#count = 0;
    }
    let byRight = this.#byLeft.get(left);
    if (byRight === undefined) this.#byLeft.set(left, (byRight = new Map()));
    byRight.set(right, result);
    this.#count++;
    return result;
  }
}
