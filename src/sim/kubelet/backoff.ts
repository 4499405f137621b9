/** Doubling waits by key, forgotten after twice the longest wait (client-go `flowcontrol.Backoff`). */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #entries = new Map<string, { waitMs: number; updatedMs: number }>();

  constructor(minMs: number, maxMs: number) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
  }

  /** The wait that holds for this key now; 0 when there is none. */
  get(key: string): number {
    return this.#entries.get(key)?.waitMs ?? 0;
  }

  /** Grows the wait for something that happened at `eventMs`: the shortest at first, and again after a long quiet time. */
  next(key: string, eventMs: number, nowMs: number): void {
    const entry = this.#entries.get(key);
    const isForgotten = entry === undefined || eventMs - entry.updatedMs > 2 * this.#maxMs;
    this.#entries.set(key, { waitMs: isForgotten ? this.#minMs : Math.min(entry.waitMs * 2, this.#maxMs), updatedMs: nowMs });
  }

  /** When the wait that began at `sinceMs` ends; undefined when it is over, or long forgotten. */
  waitsUntil(key: string, sinceMs: number, nowMs: number): number | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || sinceMs - entry.updatedMs > 2 * this.#maxMs) return undefined;
    return nowMs - sinceMs < entry.waitMs ? sinceMs + entry.waitMs : undefined;
  }

  /** The same, counted from the last `next`. */
  waitsSinceUpdate(key: string, nowMs: number): number | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : this.waitsUntil(key, entry.updatedMs, nowMs);
  }

  forget(prefix: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}
