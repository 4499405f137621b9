/**
 * One write that may have to ask webhooks outside the process. The API's pipeline is synchronous (docs/decisions/0004), so it is left by
 * `WebhookPending` while the question is on its way, and run again from the start with the answer at hand: at the same time, with the same
 * chance, so that it comes to the same question, and to another only when the world has changed meanwhile.
 */
import { assert } from "../../../../lib/assert.ts";
import type { Random } from "../../../../ports/random.ts";
import type { WebhookReply } from "../../../../ports/webhook-transport.ts";
import { ApiError } from "../../status.ts";

/** A write whose world changes with every answer is given up, as upstream's request would be after its minute. */
const QUESTIONS_COUNT_MAX = 200;

/** What a request that takes too long is told. */
export const requestTimeout = (): ApiError => new ApiError(504, "Timeout", "Timeout: request did not complete within requested timeout - context deadline exceeded", {});

/** Thrown through the pipeline: nothing has been written, and the write can be tried again once `decision` has its answers. */
export class WebhookPending extends Error {
  override name = "WebhookPending";
  readonly decision: Decision;
  constructor(decision: Decision) {
    super("a webhook is being asked");
    this.decision = decision;
  }
}

export class Decision {
  readonly nowMs: number;
  readonly #chance: ReplayedRandom;
  readonly #replies = new Map<string, WebhookReply>();
  readonly #ids = new Map<string, string>();
  readonly #waiting = new Set<string>();
  #listeners: (() => void)[] = [];
  /** Parts of a request that were done before another part had to wait (a collection's deletes). */
  readonly done = new Map<string, unknown>();

  constructor(nowMs: number, random: Random) {
    this.nowMs = nowMs;
    this.#chance = new ReplayedRandom(random);
  }

  get random(): Random {
    return this.#chance;
  }

  /** Every attempt begins with this. */
  begin(): void {
    this.#chance.rewind();
  }

  /** The id a question is sent with, which its answer has to name. */
  idOf(question: string, draw: () => string): string {
    let id = this.#ids.get(question);
    if (id === undefined) this.#ids.set(question, (id = draw()));
    return id;
  }

  /** The reply to a question, or undefined after sending it. Questions are equal when their texts are. */
  ask(question: string, send: () => Promise<WebhookReply>): WebhookReply | undefined {
    const known = this.#replies.get(question);
    if (known !== undefined || this.#waiting.has(question)) return known;
    if (this.#replies.size + this.#waiting.size >= QUESTIONS_COUNT_MAX) throw requestTimeout();
    this.#waiting.add(question);
    void send().then((reply) => {
      this.#waiting.delete(question);
      this.#replies.set(question, reply);
      if (this.#waiting.size > 0) return;
      const told = this.#listeners;
      this.#listeners = [];
      for (const fn of told) fn();
    });
    return undefined;
  }

  /** Calls `fn` once, when everything that was asked has been answered. */
  whenAnswered(fn: () => void): void {
    assert(this.#waiting.size > 0, "only a decision that waits can be waited for");
    this.#listeners.push(fn);
  }
}

/** Gives the same draws again after `rewind`, as long as the same kinds of draws are made. */
class ReplayedRandom implements Random {
  readonly #random: Random;
  readonly #draws: { kind: string; value: unknown }[] = [];
  #position = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  rewind(): void {
    this.#position = 0;
  }

  next(): number {
    return this.#draw("next", () => this.#random.next());
  }
  below(bound: number): number {
    return this.#draw(`below ${bound}`, () => this.#random.below(bound));
  }
  suffix(length: number): string {
    return this.#draw(`suffix ${length}`, () => this.#random.suffix(length));
  }
  uuid(): string {
    return this.#draw("uuid", () => this.#random.uuid());
  }
  fork(name: string): Random {
    return this.#random.fork(name);
  }

  #draw<T>(kind: string, fresh: () => T): T {
    const known = this.#draws[this.#position];
    if (known?.kind !== kind) {
      this.#draws.length = this.#position;
      this.#draws.push({ kind, value: fresh() });
    }
    return this.#draws[this.#position++]!.value as T;
  }
}
