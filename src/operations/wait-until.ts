/** A wait that explains itself: what is checked, how long at most, what is missing and why, and what is likely to help. */
import { StepFailed } from "../engine/step-failed.ts";
import type { Clock } from "../ports/clock.ts";
import type { Reporter } from "../ports/reporter.ts";

export interface Missing {
  /** `deployment web/shop` */
  readonly what: string;
  readonly why: string;
  /** What is likely to help. */
  readonly hint: string | undefined;
}

export interface WaitOptions {
  /** As a sentence goes on: `the apps' pods are ready`. */
  readonly whatFor: string;
  readonly deadlineMs: number;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly reporter: Reporter;
  isInterrupted(): boolean;
}

/** Returns when nothing is missing, or when the user wants to stop. Rejects with `StepFailed`, which lists all that is missing. */
export async function waitUntil(look: () => Promise<readonly Missing[]>, options: WaitOptions): Promise<void> {
  const { whatFor, deadlineMs, intervalMs, clock, reporter } = options;
  const beganMs = clock.now();
  for (;;) {
    const missing = await look().catch((error: unknown): readonly Missing[] => {
      // An API server that restarts answers again; one that does not is told at the deadline.
      if (error instanceof TypeError) throw error;
      return [{ what: "the API", why: error instanceof Error ? error.message : String(error), hint: undefined }];
    });
    if (missing.length === 0 || options.isInterrupted()) return;
    const waitedMs = clock.now() - beganMs;
    const [first] = missing;
    const lastError = `${first!.what}: ${first!.why}${missing.length === 1 ? "" : `, and ${missing.length - 1} more`}`;
    if (waitedMs >= deadlineMs) {
      throw new StepFailed("waited-in-vain", `${whatFor}: not within ${Math.round(deadlineMs / 1000)} s; ${lastError}`, { hint: missing.find(({ hint }) => hint !== undefined)?.hint, output: missing.map(({ what, why }) => `${what}: ${why}`) });
    }
    reporter.report({ kind: "waiting", machine: undefined, whatFor, deadlineMs, waitedMs, lastError, hint: first!.hint });
    await new Promise<void>((resolve) => void clock.after(intervalMs, resolve));
  }
}
