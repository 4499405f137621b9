/** Simulated time, which can pass without what only ever finds that nothing has changed. */
import type { Clock } from "../../ports/clock.ts";

export interface SimClock extends Clock {
  /**
   * As `after`, for what comes again and again and changes nothing while nothing else changes: heartbeats, looks at things, retries. Time in
   * which only these would happen can be skipped; they then come as much later.
   */
  upkeep(delayMs: number, fn: () => void): () => void;
  /** Milliseconds of time that was lived through: what was skipped does not count. For the age of heartbeats, which were not sent meanwhile. */
  lived(): number;
}
