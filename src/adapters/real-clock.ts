/** The computer's own clock. */
import type { Clock } from "../ports/clock.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fn) {
    // Due at once must not wait a millisecond: a simulated second has thousands of such steps.
    if (delayMs <= 0) {
      const immediate = setImmediate(fn);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
};
