/** The nodes of one zone that wait for their NoExecute taint, let through at a rate with a burst of one (`rate_limited_queue.go`). */
import type { Clock } from "../../../ports/clock.ts";

export class TaintQueue {
  readonly #clock: Clock;
  readonly #passMs: number;
  readonly #taint: (nodeName: string) => boolean;
  readonly #waiting: string[] = [];
  /** Those that were added and not removed since, done or not: they are not added twice. */
  readonly #known = new Set<string>();
  #rate: number;
  #tokens = 1;
  #filledMs: number;
  #cancel: (() => void) | undefined;

  /** `rate` per second; `taint` returns false to be asked again. */
  constructor(clock: Clock, rate: number, passMs: number, taint: (nodeName: string) => boolean) {
    this.#clock = clock;
    this.#rate = rate;
    this.#passMs = passMs;
    this.#taint = taint;
    this.#filledMs = clock.now();
  }

  add(nodeName: string): void {
    if (this.#known.has(nodeName)) return;
    this.#known.add(nodeName);
    this.#waiting.push(nodeName);
    this.#schedule(this.#passMs);
  }

  isWaiting(nodeName: string): boolean {
    return this.#waiting.includes(nodeName);
  }

  remove(nodeName: string): void {
    this.#known.delete(nodeName);
    const index = this.#waiting.indexOf(nodeName);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  /** A limiter that lets nobody through now, one of no rate included, hands its emptiness to its successor (`SwapLimiter`). */
  setRate(rate: number): void {
    if (rate === this.#rate) return;
    this.#fill();
    this.#tokens = this.#rate === 0 || this.#tokens < 1 ? 0 : 1;
    this.#rate = rate;
    if (this.#waiting.length > 0) this.#schedule(this.#passMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#waiting.length = 0;
  }

  #fill(): void {
    const nowMs = this.#clock.now();
    this.#tokens = Math.min(1, this.#tokens + ((nowMs - this.#filledMs) / 1000) * this.#rate);
    this.#filledMs = nowMs;
  }

  #schedule(delayMs: number): void {
    if (this.#cancel !== undefined || this.#rate === 0) return;
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#pass();
    });
  }

  #pass(): void {
    while (this.#waiting.length > 0 && this.#rate > 0) {
      this.#fill();
      // Rounding must not make a token one pass late.
      if (this.#tokens < 1 - 1e-9) {
        this.#schedule(Math.max(this.#passMs, ((1 - this.#tokens) / this.#rate) * 1000));
        return;
      }
      const nodeName = this.#waiting[0]!;
      this.#tokens -= 1;
      if (this.#taint(nodeName)) this.#waiting.shift();
      else {
        this.#schedule(this.#passMs);
        return;
      }
    }
  }
}
