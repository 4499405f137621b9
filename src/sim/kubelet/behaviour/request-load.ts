/** How many requests a server had lately, in buckets of a second. */
const WINDOW_SECONDS = 60;

export class RequestLoad {
  readonly #bySecond = new Map<number, number>();

  count(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    this.#bySecond.set(second, (this.#bySecond.get(second) ?? 0) + 1);
    // Insertion order is time order: old buckets are at the front.
    for (const old of this.#bySecond.keys()) {
      if (old > second - WINDOW_SECONDS) break;
      this.#bySecond.delete(old);
    }
  }

  perSecond(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    let sum = 0;
    for (const [at, count] of this.#bySecond) if (at > second - WINDOW_SECONDS) sum += count;
    return sum / WINDOW_SECONDS;
  }
}
