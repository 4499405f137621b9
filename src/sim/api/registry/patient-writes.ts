/**
 * Writes of the parts inside, which cannot wait for a webhook as a caller over HTTP can (docs/decisions/0004). While the webhook is asked,
 * a write is kept with its question, and a later try of the same write (the same but for its times) goes on where that one stands, so that
 * what is committed is what the webhook saw.
 */
import { ApiError } from "../status.ts";
import { type Decision, requestTimeout, WebhookPending } from "../admission/webhook/decision.ts";
import type { Registry } from "./registry.ts";
import type { RequestContext } from "./request.ts";

/**
 * `suspends`: the write is left by `WebhookPending`, and the writer starts again when it is answered (controllers).
 * `completes`: the writer is told that its request took too long, and the write goes on by itself (kubelets, the scheduler).
 */
export type Waiting = "suspends" | "completes";

interface Kept {
  decision: Decision;
  run(context: RequestContext): unknown;
  sinceMs: number;
}

/** A write that nobody tries again is forgotten. */
const KEPT_MS_MAX = 120_000;
const TIMES = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

export class PatientWrites {
  readonly #registry: Registry;
  readonly #context: () => RequestContext;
  readonly #waiting: Waiting;
  readonly #kept = new Map<string, Kept>();

  constructor(registry: Registry, context: () => RequestContext, waiting: Waiting) {
    this.#registry = registry;
    this.#context = context;
    this.#waiting = waiting;
  }

  /** `what` and `body` say what is written: the same for a write that is tried again. */
  write<T>(what: string, body: unknown, run: (context: RequestContext) => T): T {
    const refusal = this.#registry.refusal("write");
    if (refusal !== undefined) throw refusal;
    const fresh = this.#registry.newDecision();
    if (fresh === undefined) return run(this.#context());
    const key = `${what} ${JSON.stringify(body)}`.replace(TIMES, "");
    const kept = this.#kept.get(key) ?? { decision: fresh, run, sinceMs: this.#registry.clock.now() };
    const isKept = this.#kept.has(key);
    try {
      const result = this.#attempt(kept) as T;
      this.#kept.delete(key);
      return result;
    } catch (error) {
      if (!(error instanceof WebhookPending)) {
        this.#kept.delete(key);
        throw error;
      }
      this.#forgetOld();
      this.#kept.set(key, kept);
      if (this.#waiting === "suspends") throw error;
      if (!isKept) error.decision.whenAnswered(() => this.#complete(key, kept));
      throw requestTimeout();
    }
  }

  #attempt(kept: Kept): unknown {
    kept.decision.begin();
    return kept.run({ ...this.#context(), decision: kept.decision });
  }

  #complete(key: string, kept: Kept): void {
    // A try of its own writer may have been there first.
    if (this.#kept.get(key) !== kept) return;
    try {
      this.#attempt(kept);
      this.#kept.delete(key);
    } catch (error) {
      if (error instanceof WebhookPending) error.decision.whenAnswered(() => this.#complete(key, kept));
      else this.#kept.delete(key);
      if (!(error instanceof WebhookPending || error instanceof ApiError)) throw error;
    }
  }

  #forgetOld(): void {
    const untilMs = this.#registry.clock.now() - KEPT_MS_MAX;
    for (const [key, { sinceMs }] of this.#kept) if (sinceMs < untilMs) this.#kept.delete(key);
  }
}
