/**
 * The one queue of everything that will happen in the embedded cluster, ordered by time and then by order of arrival.
 * It never looks at real time: a pacer (real or faster time) or a proof (virtual time) drives it.
 */
import TinyQueue from "tinyqueue";
import { assert } from "../../lib/assert.ts";
import type { SimClock } from "./sim-clock.ts";

interface Entry {
  atMs: number;
  order: number;
  fn: (() => void) | undefined;
  isUpkeep: boolean;
}

const newQueue = (entries: Entry[]): TinyQueue<Entry> => new TinyQueue(entries, (a, b) => a.atMs - b.atMs || a.order - b.order);

export class EventLoop implements SimClock {
  #nowMs: number;
  #skippedMs = 0;
  #order = 0;
  #pending = 0;
  #queue = newQueue([]);
  /** Called when something is scheduled, so that a pacer can set its alarm earlier. */
  onSchedule: ((atMs: number) => void) | undefined;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  lived(): number {
    return this.#nowMs - this.#skippedMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    return this.#add(this.#nowMs + Math.max(0, delayMs), fn, false);
  }

  upkeep(delayMs: number, fn: () => void): () => void {
    return this.#add(this.#nowMs + Math.max(0, delayMs), fn, true);
  }

  at(atMs: number, fn: () => void): () => void {
    return this.#add(Math.max(atMs, this.#nowMs), fn, false);
  }

  #add(atMs: number, fn: () => void, isUpkeep: boolean): () => void {
    assert(Number.isFinite(atMs), "an event needs a finite time");
    const entry: Entry = { atMs, order: this.#order++, fn, isUpkeep };
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

  /** Time of the next event that is no upkeep, or undefined when none is scheduled. Looks at all of them. */
  nextChangeAt(): number | undefined {
    let atMs: number | undefined;
    for (const entry of this.#queue.data) if (!entry.isUpkeep && entry.fn !== undefined && (atMs === undefined || entry.atMs < atMs)) atMs = entry.atMs;
    return atMs;
  }

  /** Lets time pass without its upkeep, which comes as much later. Nothing else may be due in it. */
  skip(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    const entries = this.#queue.data.filter(({ fn }) => fn !== undefined);
    for (const entry of entries) {
      assert(entry.isUpkeep || entry.atMs >= untilMs, "time that is skipped has nothing but upkeep in it");
      if (entry.isUpkeep) entry.atMs += durationMs;
    }
    this.#queue = newQueue(entries);
    this.#nowMs = untilMs;
    this.#skippedMs += durationMs;
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
