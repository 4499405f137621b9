/**
 * The one queue of everything that will happen in the embedded cluster, ordered by time and then by order of arrival.
 * It never looks at real time: a pacer (real or faster time) or a proof (virtual time) drives it.
 */
import TinyQueue from "tinyqueue";
import { assert } from "../../lib/assert.ts";
import type { Clock } from "../../ports/clock.ts";

interface Entry {
  atMs: number;
  order: number;
  fn: (() => void) | undefined;
}

export class EventLoop implements Clock {
  #nowMs: number;
  #order = 0;
  #pending = 0;
  readonly #queue = new TinyQueue<Entry>([], (a, b) => a.atMs - b.atMs || a.order - b.order);
  /** Called when something is scheduled, so that a pacer can set its alarm earlier. */
  onSchedule: ((atMs: number) => void) | undefined;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    return this.at(this.#nowMs + Math.max(0, delayMs), fn);
  }

  at(atMs: number, fn: () => void): () => void {
    assert(Number.isFinite(atMs), "an event needs a finite time");
    const entry: Entry = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, fn };
    this.#queue.push(entry);
    this.#pending++;
    this.onSchedule?.(entry.atMs);
    return () => {
      if (entry.fn === undefined) return;
      entry.fn = undefined;
      this.#pending--;
    };
  }

  /** Time of the next event, or undefined when nothing is scheduled. */
  nextAt(): number | undefined {
    this.#dropCancelled();
    return this.#queue.peek()?.atMs;
  }

  /** Events that are scheduled and not cancelled. */
  get pendingCount(): number {
    return this.#pending;
  }

  /** Runs one event, moving the time to it. False when there is none due at or before `untilMs`. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    this.#dropCancelled();
    const entry = this.#queue.peek();
    if (entry === undefined || entry.atMs > untilMs) return false;
    this.#queue.pop();
    this.#nowMs = entry.atMs;
    const { fn } = entry;
    entry.fn = undefined;
    this.#pending--;
    fn?.();
    return true;
  }

  /** Runs everything due up to and including `untilMs`, then stands at `untilMs`. Returns how many events ran. */
  runUntil(untilMs: number, eventsMax = Number.POSITIVE_INFINITY): number {
    let count = 0;
    while (count < eventsMax && this.step(untilMs)) count++;
    if (count < eventsMax && untilMs > this.#nowMs && Number.isFinite(untilMs)) this.#nowMs = untilMs;
    return count;
  }

  #dropCancelled(): void {
    while (this.#queue.length > 0 && this.#queue.peek()!.fn === undefined) this.#queue.pop();
  }
}
