/** Turns the event loop at the pace of a real clock, times a factor. One pacer per loop; a proof needs none. */
import type { Clock } from "../../ports/clock.ts";
import type { EventLoop } from "./event-loop.ts";

/** Events in a row before other work (sockets) gets its turn. */
const SLICE_COUNT_MAX = 2000;
/** A timer is never set for longer, so that a computer that slept wakes up to the right time. */
const SLEEP_MS_MAX = 60_000;

export class Pacer {
  readonly #loop: EventLoop;
  readonly #clock: Clock;
  #factor: number;
  #realBaseMs: number;
  #loopBaseMs: number;
  #cancel: (() => void) | undefined;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #isRunning = false;
  #isTurning = false;

  constructor(loop: EventLoop, clock: Clock, factor: number) {
    this.#loop = loop;
    this.#clock = clock;
    this.#factor = factor;
    this.#realBaseMs = clock.now();
    this.#loopBaseMs = loop.now();
  }

  get factor(): number {
    return this.#factor;
  }

  start(): void {
    this.#isRunning = true;
    this.#rebase();
    const earlier = (atMs: number): void => {
      if (!this.#isTurning && atMs < this.#alarmAtMs) this.#setAlarm();
    };
    this.#loop.onSchedule = earlier;
    this.#setAlarm();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#loop.onSchedule = undefined;
  }

  setFactor(factor: number): void {
    this.catchUp();
    this.#rebase();
    this.#factor = factor;
    if (this.#isRunning) this.#setAlarm();
  }

  /** Runs what is due by now. Called before a request from outside is answered, so that it sees the present. */
  catchUp(): void {
    if (this.#isTurning || !this.#isRunning) return;
    this.#turn();
  }

  #target(): number {
    return this.#loopBaseMs + (this.#clock.now() - this.#realBaseMs) * this.#factor;
  }

  #turn(): void {
    this.#isTurning = true;
    try {
      const targetMs = this.#target();
      const count = this.#loop.runUntil(targetMs, SLICE_COUNT_MAX);
      // Behind because the computer is slow: time waits for the work instead of running away from it.
      if (count >= SLICE_COUNT_MAX) this.#rebase();
    } finally {
      this.#isTurning = false;
    }
  }

  #rebase(): void {
    this.#realBaseMs = this.#clock.now();
    this.#loopBaseMs = this.#loop.now();
  }

  #setAlarm(): void {
    this.#cancel?.();
    const nextAtMs = this.#loop.nextAt();
    if (nextAtMs === undefined) {
      this.#alarmAtMs = Number.POSITIVE_INFINITY;
      return;
    }
    this.#alarmAtMs = nextAtMs;
    const delayMs = Math.min(SLEEP_MS_MAX, Math.max(0, (nextAtMs - this.#target()) / this.#factor));
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#turn();
      if (this.#isRunning) this.#setAlarm();
    });
  }
}
