/**
 * Pods that wait for a node: ready ones by priority and age, ones that wait for their back-off, and ones that fitted nowhere and wait
 * for something to change (scheduler `backend/queue`). It holds keys and times only; the scheduler looks pods up when their turn comes.
 */
import type { ClusterEvent, Plugin } from "./plugin.ts";

/** `podInitialBackoffSeconds`, `podMaxBackoffSeconds` */
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 10_000;
/** `DefaultPodMaxInUnschedulablePodsDuration` */
export const UNSCHEDULABLE_FLUSH_MS = 5 * 60_000;

interface Entry {
  key: string;
  priority: number;
  /** When it came into the queue, or came back. */
  atMs: number;
  order: number;
  attempts: number;
  backoffUntilMs: number;
  rejectedBy: ReadonlySet<string>;
}

export class SchedulingQueue {
  readonly #active = new Map<string, Entry>();
  readonly #backoff = new Map<string, Entry>();
  readonly #unschedulable = new Map<string, Entry>();
  /** Attempts that failed for no plugin's reason; not popped early. */
  readonly #failed = new Map<string, Entry>();
  /** Attempts so far, kept while a pod is being tried. */
  readonly #tried = new Map<string, Entry>();
  readonly #requeueOn: ReadonlyMap<string, readonly ClusterEvent[]>;
  #order = 0;

  constructor(plugins: readonly Plugin[]) {
    this.#requeueOn = new Map(plugins.map((plugin) => [plugin.name, plugin.requeueOn]));
  }

  has(key: string): boolean {
    return this.#active.has(key) || this.#backoff.has(key) || this.#unschedulable.has(key) || this.#failed.has(key);
  }

  get size(): number {
    return this.#active.size + this.#backoff.size + this.#unschedulable.size + this.#failed.size;
  }

  add(key: string, priority: number, nowMs: number): void {
    if (this.has(key)) return;
    this.#active.set(key, { key, priority, atMs: nowMs, order: this.#order++, attempts: 0, backoffUntilMs: 0, rejectedBy: new Set() });
  }

  remove(key: string): void {
    this.#active.delete(key);
    this.#backoff.delete(key);
    this.#unschedulable.delete(key);
    this.#failed.delete(key);
    this.#tried.delete(key);
  }

  /**
   * The ready pods, most important first, taken all at once: cheaper than one by one when many wait. When there are none, the pod whose
   * back-off ends first: nothing else is to do (SchedulerPopFromBackoffQ, on since 1.33).
   */
  pop(): string[] {
    if (this.#active.size === 0) {
      let next: Entry | undefined;
      for (const entry of this.#backoff.values()) if (next === undefined || entry.backoffUntilMs < next.backoffUntilMs) next = entry;
      if (next === undefined) return [];
      this.#backoff.delete(next.key);
      this.#tried.set(next.key, next);
      return [next.key];
    }
    const entries = [...this.#active.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#active.clear();
    for (const entry of entries) this.#tried.set(entry.key, entry);
    return entries.map((entry) => entry.key);
  }

  /** The pod fitted nowhere; it waits for an event that one of these plugins cares about. */
  putBack(key: string, priority: number, nowMs: number, rejectedBy: ReadonlySet<string>): void {
    const before = this.#tried.get(key);
    this.#tried.delete(key);
    const attempts = (before?.attempts ?? 0) + 1;
    const backoffMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (attempts - 1));
    this.#unschedulable.set(key, { key, priority, atMs: nowMs, order: this.#order++, attempts, backoffUntilMs: nowMs + backoffMs, rejectedBy });
  }

  /** An attempt that failed for a reason that is no plugin's: `release` it when its back-off ends. Returns when that is. */
  retry(key: string, priority: number, nowMs: number): number {
    this.putBack(key, priority, nowMs, new Set());
    const entry = this.#unschedulable.get(key)!;
    this.#unschedulable.delete(key);
    this.#failed.set(key, entry);
    return entry.backoffUntilMs;
  }

  release(key: string): void {
    const entry = this.#failed.get(key);
    if (entry === undefined) return;
    this.#failed.delete(key);
    this.#active.set(key, entry);
  }

  done(key: string): void {
    this.#tried.delete(key);
  }

  /** Something changed: the waiting pods that it may help become ready, or wait for their back-off. True when a pod moved. */
  moveOn(event: ClusterEvent, nowMs: number, only?: string): boolean {
    let moved = false;
    for (const entry of only === undefined ? [...this.#unschedulable.values()] : [this.#unschedulable.get(only)]) {
      if (entry === undefined || ![...entry.rejectedBy].some((name) => this.#requeueOn.get(name)?.includes(event))) continue;
      this.#move(entry, nowMs);
      moved = true;
    }
    return moved;
  }

  /** Pods that have waited five minutes are tried again whatever happened. */
  flush(nowMs: number): boolean {
    let moved = false;
    for (const entry of [...this.#unschedulable.values()]) {
      if (nowMs - entry.atMs < UNSCHEDULABLE_FLUSH_MS) continue;
      this.#move(entry, nowMs);
      moved = true;
    }
    return moved;
  }

  get isReady(): boolean {
    return this.#active.size + this.#backoff.size > 0;
  }

  get unschedulableCount(): number {
    return this.#unschedulable.size;
  }

  #move(entry: Entry, nowMs: number): void {
    this.#unschedulable.delete(entry.key);
    if (entry.backoffUntilMs > nowMs) this.#backoff.set(entry.key, entry);
    else this.#active.set(entry.key, entry);
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}
