/**
 * Pods that wait for a node: ready ones by priority and age, ones that wait for their back-off, and ones that fitted nowhere and wait
 * for something to change (scheduler `backend/queue`). It holds keys and times only; the scheduler looks pods up when their turn comes.
 */
import TinyQueue from "tinyqueue";
import type { ClusterEvent, Plugin } from "./plugin.ts";

/** `podInitialBackoffSeconds`, `podMaxBackoffSeconds` */
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 10_000;
/** Within it those that wait for their back-off go in the order of those that are ready (`backoffQOrderingWindowDuration`). */
const BACKOFF_WINDOW_MS = 1_000;
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
  alike: string;
}

/** Which waiting pods an event moves. */
export interface MoveOptions {
  only?: string;
  /** Of a plugin that refused this pod, and all that are alike: whether the event helps it. Without it it does. */
  isHelped?(plugin: string, key: string): boolean;
}

export class SchedulingQueue {
  readonly #active = new Map<string, Entry>();
  readonly #backoff = new Map<string, Entry>();
  /** Of those, the one to be tried first; some may have gone since. */
  readonly #nextBackoff = new TinyQueue<Entry>([], (a, b) => windowOf(a) - windowOf(b) || (isBefore(a, b) ? -1 : 1));
  readonly #unschedulable = new Map<string, Entry>();
  /** The same, those together that every event moves together, or none of them. */
  readonly #byAlike = new Map<string, Map<string, Entry>>();
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
    this.#active.set(key, { key, priority, atMs: nowMs, order: this.#order++, attempts: 0, backoffUntilMs: 0, rejectedBy: NOBODY, alike: "" });
  }

  remove(key: string): void {
    this.#active.delete(key);
    this.#backoff.delete(key);
    this.#forget(key);
    this.#failed.delete(key);
    this.#tried.delete(key);
  }

  /**
   * The ready pods, most important first, taken all at once: cheaper than one by one when many wait. When there are none, the pod whose
   * back-off ends first: nothing else is to do (SchedulerPopFromBackoffQ, on since 1.33).
   */
  pop(): string[] {
    if (this.#active.size === 0) {
      let next = this.#nextBackoff.pop();
      while (next !== undefined && this.#backoff.get(next.key) !== next) next = this.#nextBackoff.pop();
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

  /**
   * The pod fitted nowhere; it waits for an event that one of these plugins cares about, or any where it was none of them. `alike`: the same text for pods that the same
   * plugins refused, and that the same events help.
   */
  putBack(key: string, priority: number, nowMs: number, rejectedBy: ReadonlySet<string>, alike = [...rejectedBy].sort().join(" ")): void {
    const entry = this.#comesBack(key, priority, nowMs, rejectedBy, alike);
    this.#unschedulable.set(key, entry);
    const group = this.#byAlike.get(alike);
    if (group === undefined) this.#byAlike.set(alike, new Map([[key, entry]]));
    else group.set(key, entry);
  }

  #comesBack(key: string, priority: number, nowMs: number, rejectedBy: ReadonlySet<string>, alike: string): Entry {
    const before = this.#tried.get(key);
    this.#tried.delete(key);
    const attempts = (before?.attempts ?? 0) + 1;
    const backoffMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (attempts - 1));
    return { key, priority, atMs: nowMs, order: this.#order++, attempts, backoffUntilMs: nowMs + backoffMs, rejectedBy, alike };
  }

  /** An attempt that failed for a reason that is no plugin's: `release` it when its back-off ends. Returns when that is. */
  retry(key: string, priority: number, nowMs: number): number {
    const entry = this.#comesBack(key, priority, nowMs, NOBODY, "");
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
  moveOn(event: ClusterEvent, nowMs: number, { only, isHelped = () => true }: MoveOptions = {}): boolean {
    const isWorth = ({ key, rejectedBy }: Entry): boolean => rejectedBy.size === 0 || [...rejectedBy].some((name) => this.#requeueOn.get(name)?.includes(event) && isHelped(name, key));
    const moving: Entry[] = [];
    if (only === undefined) {
      for (const group of this.#byAlike.values()) for (const first of group.values()) {
        if (isWorth(first)) for (const entry of group.values()) moving.push(entry);
        break;
      }
    } else {
      const entry = this.#unschedulable.get(only);
      if (entry !== undefined && isWorth(entry)) moving.push(entry);
    }
    for (const entry of moving) this.#move(entry, nowMs);
    return moving.length > 0;
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
    this.#forget(entry.key);
    if (entry.backoffUntilMs > nowMs) {
      this.#backoff.set(entry.key, entry);
      this.#nextBackoff.push(entry);
    } else this.#active.set(entry.key, entry);
  }

  #forget(key: string): void {
    const entry = this.#unschedulable.get(key);
    if (entry === undefined) return;
    this.#unschedulable.delete(key);
    const group = this.#byAlike.get(entry.alike)!;
    group.delete(key);
    if (group.size === 0) this.#byAlike.delete(entry.alike);
  }
}

const NOBODY: ReadonlySet<string> = new Set();
const windowOf = ({ backoffUntilMs }: Entry): number => Math.floor(backoffUntilMs / BACKOFF_WINDOW_MS);

function isBefore(a: Entry, b: Entry): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.order < b.order;
}
