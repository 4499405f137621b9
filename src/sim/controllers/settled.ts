/**
 * What control loops looked at when they had nothing left to do. Each write of a loop wakes it again, and much else does that changes nothing for it: the very same objects
 * need no second look, as objects never change. What is remembered goes with the object that it is of.
 */
export class Settled<Kept = undefined> {
  readonly #seen = new WeakMap<object, { beside: readonly unknown[]; kept: Kept }>();

  /** What was noted of this object beside these very others, in this order; undefined where anything is another. */
  of(object: object, beside: readonly unknown[]): { readonly kept: Kept } | undefined {
    const seen = this.#seen.get(object);
    if (seen === undefined || seen.beside.length !== beside.length) return undefined;
    for (let index = 0; index < beside.length; index++) if (seen.beside[index] !== beside[index]) return undefined;
    return seen;
  }

  /** Another look at all of these would write nothing. */
  note(object: object, beside: readonly unknown[], kept: Kept): void {
    this.#seen.set(object, { beside, kept });
  }
}
