/** A wait that explains itself: what is checked, how long at most, what is missing and why, and what is likely to help. It ends early where waiting mends nothing. */
import { StepFailed } from "../engine/step-failed.ts";
import type { Clock } from "../ports/clock.ts";
import type { Reporter } from "../ports/reporter.ts";

export interface Missing {
  /** `deployment web/shop` */
  readonly what: string;
  readonly why: string;
  /** What is likely to help. */
  readonly hint: string | undefined;
  /** Somebody has to do something: what Kubernetes does by itself is to try the same again. */
  readonly isStuck?: boolean;
  /** Nobody made it yet, or somebody took it away. */
  readonly isAbsent?: boolean;
  /** It lacks nothing but what is on machines that do not answer. */
  readonly isAway?: boolean;
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

export const STUCK_BOUNDS = {
  /** What looks stuck for so long is told, once: a pod that meets a node which is a moment from ready is not. */
  toldAfterMs: 10_000,
  /** When all that is missing has been stuck for so long, and nothing came of it, nobody waits any longer: pulls and restarts were tried a few times by then. */
  givenUpAfterMs: 120_000,
} as const;

/** Returns when nothing is missing, or when the user wants to stop. Rejects with `StepFailed`, which lists all that is missing. */
export async function waitUntil(look: () => Promise<readonly Missing[]>, options: WaitOptions): Promise<void> {
  const { missing, waitedMs } = await waitFor(look, options);
  const [first] = missing;
  if (first === undefined) return;
  throw new StepFailed("waited-in-vain", `${options.whatFor}: not within ${Math.round(waitedMs / 1000)} s; ${firstOf(missing)}`, { hint: missing.find(({ hint }) => hint !== undefined)?.hint, output: missing.map(({ what, why }) => `${what}: ${why}`) });
}

/** What is still missing when it is there, the deadline has passed, all of it is stuck, or the user wants to stop (then nothing is). */
export async function waitFor(look: () => Promise<readonly Missing[]>, options: WaitOptions): Promise<{ missing: readonly Missing[]; waitedMs: number }> {
  const { whatFor, deadlineMs, intervalMs, clock, reporter } = options;
  const beganMs = clock.now();
  const stuck = new StuckSince();
  for (;;) {
    const missing = await look().catch((error: unknown): readonly Missing[] => {
      // An API server that restarts answers again; one that does not is told at the deadline.
      if (error instanceof TypeError) throw error;
      return [{ what: "the API", why: error instanceof Error ? error.message : String(error), hint: undefined }];
    });
    const nowMs = clock.now();
    const waitedMs = nowMs - beganMs;
    if (missing.length === 0 || options.isInterrupted()) return { missing: [], waitedMs };
    for (const { what, why, hint } of stuck.see(missing, nowMs)) reporter.report({ kind: "stuck", what, why, hint });
    if (waitedMs >= deadlineMs || stuck.allForMs(missing, nowMs) >= STUCK_BOUNDS.givenUpAfterMs) return { missing, waitedMs };
    // What was told by name is not told again: the rest is what is waited for.
    const open = missing.filter((each) => !stuck.isTold(each));
    const shown = open[0] ?? missing[0]!;
    reporter.report({ kind: "waiting", machine: undefined, whatFor, deadlineMs, waitedMs, lastError: firstOf(open.length > 0 ? [...open, ...missing.filter((each) => stuck.isTold(each))] : missing), hint: stuck.isTold(shown) ? undefined : shown.hint });
    await new Promise<void>((resolve) => void clock.after(intervalMs, resolve));
  }
}

function firstOf(missing: readonly Missing[]): string {
  const [first] = missing;
  return `${first!.what}: ${first!.why}${missing.length === 1 ? "" : `, and ${missing.length - 1} more`}`;
}

/** Since when what is missing has been stuck. */
class StuckSince {
  readonly #sinceMs = new Map<string, number>();
  readonly #told = new Map<string, string | undefined>();
  #all = "";
  #allSinceMs = 0;

  /** Those to tell now. */
  see(missing: readonly Missing[], nowMs: number): Missing[] {
    const stuck = missing.filter(({ isStuck }) => isStuck === true);
    for (const what of this.#sinceMs.keys()) if (!stuck.some((each) => each.what === what)) this.#sinceMs.delete(what);
    for (const { what } of stuck) if (!this.#sinceMs.has(what)) this.#sinceMs.set(what, nowMs);
    // Whenever something moves, what stands on it may move next.
    const all = stuck.length < missing.length ? "" : missing.map(({ what }) => what).sort().join("\n");
    if (all !== this.#all) [this.#all, this.#allSinceMs] = [all, nowMs];
    const fresh = stuck.filter((each) => nowMs - this.#sinceMs.get(each.what)! >= STUCK_BOUNDS.toldAfterMs && !this.isTold(each));
    for (const { what, hint } of fresh) this.#told.set(what, hint);
    return fresh;
  }

  isTold({ what, hint }: Missing): boolean {
    return this.#told.has(what) && this.#told.get(what) === hint;
  }

  allForMs(missing: readonly Missing[], nowMs: number): number {
    return missing.length > 0 && this.#all !== "" ? nowMs - this.#allSinceMs : 0;
  }
}
