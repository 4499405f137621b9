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
  /** What came to be due in the very moment in which it was added, in order of arrival: more than half of all. `#dueIndex`: how many of them have run. */
  #due: Entry[] = [];
  #dueIndex = 0;
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
    if (atMs === this.#nowMs) this.#due.push(entry);
    else this.#queue.push(entry);
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
    return this.#next()?.atMs;
  }

  /** Time of the next event that is no upkeep, or undefined when none is scheduled. Looks at all of them. */
  nextChangeAt(): number | undefined {
    let atMs: number | undefined;
    for (const entry of this.#entries()) if (!entry.isUpkeep && entry.fn !== undefined && (atMs === undefined || entry.atMs < atMs)) atMs = entry.atMs;
    return atMs;
  }

  /** Lets time pass without its upkeep, which comes as much later. Nothing else may be due in it. */
  skip(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    const entries = this.#entries().filter(({ fn }) => fn !== undefined);
    for (const entry of entries) {
      assert(entry.isUpkeep || entry.atMs >= untilMs, "time that is skipped has nothing but upkeep in it");
      if (entry.isUpkeep) entry.atMs += durationMs;
    }
    this.#queue = newQueue(entries);
    this.#due = [];
    this.#dueIndex = 0;
    this.#nowMs = untilMs;
    this.#skippedMs += durationMs;
  }

  /** Events that are scheduled and not cancelled. */
  get pendingCount(): number {
    return this.#pending;
  }

  /** Runs one event, moving the time to it. False when there is none due at or before `untilMs`. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    const entry = this.#next();
    if (entry === undefined || entry.atMs > untilMs) return false;
    if (entry !== this.#due[this.#dueIndex]) this.#queue.pop();
    else if (++this.#dueIndex === this.#due.length) {
      this.#due.length = 0;
      this.#dueIndex = 0;
    }
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

  #entries(): Entry[] {
    return this.#due.length === 0 ? this.#queue.data : [...this.#queue.data, ...this.#due.slice(this.#dueIndex)];
  }

  /** The one that comes next, still in its place; those that were cancelled before it are gone. */
  #next(): Entry | undefined {
    while (this.#queue.length > 0 && this.#queue.peek()!.fn === undefined) this.#queue.pop();
    while (this.#dueIndex < this.#due.length && this.#due[this.#dueIndex]!.fn === undefined) this.#dueIndex++;
    const planned = this.#queue.peek();
    if (this.#dueIndex === this.#due.length) return planned;
    const due = this.#due[this.#dueIndex]!;
    if (planned === undefined) return due;
    return planned.atMs < due.atMs || (planned.atMs === due.atMs && planned.order < due.order) ? planned : due;
  }
}
