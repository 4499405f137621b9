/** How many requests a server had lately, in buckets of a second. */
const WINDOW_SECONDS = 60;

export class RequestLoad {
  /** Made with the first request: most servers of a large home never get one. */
  #bySecond: Map<number, number> | undefined;

  count(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const bySecond = (this.#bySecond ??= new Map());
    bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
    // Insertion order is time order: old buckets are at the front.
    for (const old of bySecond.keys()) {
      if (old > second - WINDOW_SECONDS) break;
      bySecond.delete(old);
    }
  }

  perSecond(nowMs: number): number {
    if (this.#bySecond === undefined) return 0;
    const second = Math.floor(nowMs / 1000);
    let sum = 0;
    for (const [at, count] of this.#bySecond) if (at > second - WINDOW_SECONDS) sum += count;
    return sum / WINDOW_SECONDS;
  }
}
