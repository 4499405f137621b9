/** Time in which nothing but heartbeats and looks would happen. */
import type { EventLoop } from "../sim/clock/event-loop.ts";

/** Longer than any round of heartbeats and looks: what one of them finds, it has found by then. */
const STILL_MS = 30_000;
const MINUTE_MS = 60_000;

/** Skips it where nothing has changed for a while, up to the next change that is due and no further than `untilMs`. `changedMs`: when something last changed. */
export function skipQuiet(loop: EventLoop, changedMs: number, untilMs: number): void {
  const nowMs = loop.now();
  if (nowMs - changedMs < STILL_MS) return;
  const nextMs = Math.min(loop.nextChangeAt() ?? Number.POSITIVE_INFINITY, untilMs);
  // In whole minutes, so that heartbeats come at the times at which they would have.
  const emptyMs = Math.floor((nextMs - nowMs) / MINUTE_MS) * MINUTE_MS;
  if (emptyMs > 0) loop.skip(emptyMs);
}
