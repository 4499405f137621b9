/**
 * The work queue every controller runs on: keys, not events; one key never twice at once; a failing key comes back later and later.
 * Upstream's rate limiter: 5 ms doubling to 1000 s per key (client-go `DefaultTypedControllerRateLimiter`).
 */
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Random } from "../../ports/random.ts";
import type { ObjectEvent, SimClient, TypeName } from "../api/client.ts";
import { WebhookPending } from "../api/admission/webhook/decision.ts";
import { ApiError } from "../api/status.ts";
import type { SimClock } from "../clock/sim-clock.ts";

export interface ControllerContext {
  client: SimClient;
  clock: SimClock;
  random: Random;
  /** One line for the cluster's debug log. */
  log(line: string): void;
}

/** To look again later, though it will change nothing while nothing else changes. */
export interface Upkeep {
  upkeepMs: number;
}

export interface Watch {
  type: TypeName;
  /** Keys to look at again after this event; the default is the object's own `namespace/name` (or `name`). */
  keys?(event: ObjectEvent, context: ControllerContext): readonly string[];
}

export interface Reconciler {
  name: string;
  watches: readonly Watch[];
  /** Brings one key closer to what is wanted. Returning a time asks to be called again after so many milliseconds. */
  sync(key: string, context: ControllerContext): number | Upkeep | void;
  /** Called again and again with this period, for controllers that also look at everything from time to time. What they wait for by its age needs a timer of its own. */
  every?: { periodMs: number; run(context: ControllerContext): void; /** The first time at the start, not one period later. */ atStart?: boolean };
  /** Events of one key within this time make one sync, as an informer's latency does upstream; 0 unless given. */
  coalesceMs?: number;
  /** For watches that come and go: called once at the start with the queue's entrance; what it returns is called at the stop. */
  start?(context: ControllerContext, enqueue: (key: string, delayMs?: number) => void): () => void;
}

const RETRY_DELAY_MS_MIN = 5;
const RETRY_DELAY_MS_MAX = 1_000_000;

/**
 * A refusal of the API, or an object of a custom kind without the fields that its controller needs (nobody has checked those): logged and
 * tried again later, as a cluster goes on when one of its controllers stumbles. Our own assertions end the run.
 */
function isSurvivable(error: unknown): error is Error {
  return error instanceof ApiError || error instanceof TypeError;
}

export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { namespace: undefined, name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Starts a controller; the returned function stops it (a controller-manager that fails over starts with an empty memory). */
export function startReconciler(reconciler: Reconciler, context: ControllerContext): () => void {
  const queued = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { atMs: number; isUpkeep: boolean; cancel: () => void }>();
  const stops: (() => void)[] = [];
  const coalesceMs = reconciler.coalesceMs ?? 0;
  let isStopped = false;

  const enqueue = (key: string): void => {
    if (isStopped || queued.has(key)) return;
    queued.add(key);
    context.clock.after(coalesceMs, () => run(key));
  };
  const enqueueAfter = (key: string, delayMs: number, isUpkeep = false): void => {
    const nowMs = context.clock.now();
    const earlier = timers.get(key);
    if (earlier !== undefined && earlier.atMs <= nowMs + delayMs) {
      if (isUpkeep || !earlier.isUpkeep) return;
      // The one that comes first must not be skipped any more.
      delayMs = earlier.atMs - nowMs;
    }
    earlier?.cancel();
    timers.set(key, {
      atMs: nowMs + delayMs,
      isUpkeep,
      cancel: context.clock[isUpkeep ? "upkeep" : "after"](delayMs, () => {
        timers.delete(key);
        enqueue(key);
      }),
    });
  };
  const run = (key: string): void => {
    queued.delete(key);
    if (isStopped) return;
    try {
      const again = reconciler.sync(key, context);
      failures.delete(key);
      if (typeof again === "number") enqueueAfter(key, again);
      else if (again !== undefined) enqueueAfter(key, again.upkeepMs, true);
    } catch (error) {
      if (error instanceof WebhookPending) {
        // No failure: the key is looked at again, from the start, when the webhook has answered.
        error.decision.whenAnswered(() => enqueue(key));
        return;
      }
      if (!isSurvivable(error)) throw error;
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      context.log(`${reconciler.name}: ${key}: ${error instanceof TypeError ? error.stack : error.message}`);
      enqueueAfter(key, Math.min(RETRY_DELAY_MS_MIN * 2 ** Math.min(count, 30), RETRY_DELAY_MS_MAX));
    }
  };

  for (const watch of reconciler.watches) {
    stops.push(
      context.client.watch(watch.type, (event) => {
        for (const key of watch.keys === undefined ? [keyOf(event.object)] : watch.keys(event, context)) enqueue(key);
      }),
    );
  }
  if (reconciler.every !== undefined) {
    const { periodMs, run: runAll, atStart = false } = reconciler.every;
    const runOnce = (): void => {
      if (isStopped) return;
      try {
        runAll(context);
      } catch (error) {
        // The next round looks at everything again.
        if (error instanceof WebhookPending) error.decision.whenAnswered(runOnce);
        else if (!isSurvivable(error)) throw error;
        else context.log(`${reconciler.name}: ${error instanceof TypeError ? error.stack : error.message}`);
      }
    };
    const tick = (): void => {
      if (isStopped) return;
      runOnce();
      stops[tickIndex] = context.clock.upkeep(periodMs, tick);
    };
    const tickIndex = stops.push(context.clock.upkeep(atStart ? 0 : periodMs, tick)) - 1;
  }
  if (reconciler.start !== undefined) {
    stops.push(reconciler.start(context, (key, delayMs = 0) => (delayMs > 0 ? enqueueAfter(key, delayMs) : enqueue(key))));
  }
  return () => {
    isStopped = true;
    for (const stop of stops) stop();
    for (const timer of timers.values()) timer.cancel();
  };
}
