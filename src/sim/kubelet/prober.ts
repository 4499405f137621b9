/**
 * One probe of one run of a container (kubelet `prober/worker.go`). It asks on upstream's schedule, but sleeps while the answer cannot
 * change: a healthy server then costs no events, and the verdicts come at the same times.
 */
import type { SimClock } from "../clock/sim-clock.ts";
import type { Probe } from "./pod.ts";

export interface ProbeAnswer {
  isSuccess: boolean;
  output: string;
  /** The same answer will come until the process says that something changed. */
  isStable: boolean;
}

export interface ProberOptions {
  clock: SimClock;
  probe: Probe;
  /** When the container started; the initial delay counts from there. */
  startedMs: number;
  ask(): ProbeAnswer;
  /** The verdict changed, or was reached for the first time. */
  onVerdict(isSuccess: boolean, output: string): void;
  /** Every single failure, for the event. */
  onFailure(output: string): void;
}

export class Prober {
  readonly #options: ProberOptions;
  readonly #periodMs: number;
  readonly #firstMs: number;
  #cancel: (() => void) | undefined;
  #lastSuccess: boolean | undefined;
  #run = 0;
  #verdict: boolean | undefined;
  #isStopped = false;
  #isAsleep = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    const { probe, clock, startedMs } = options;
    this.#periodMs = Math.max(1, probe.periodSeconds ?? 10) * 1000;
    this.#firstMs = Math.max(clock.now(), startedMs + (probe.initialDelaySeconds ?? 0) * 1000);
    this.#schedule(this.#firstMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** The process says that its answers may have changed: back to the schedule. */
  wake(): void {
    if (!this.#isAsleep || this.#isStopped) return;
    this.#isAsleep = false;
    const nowMs = this.#options.clock.now();
    const periods = Math.ceil((nowMs - this.#firstMs) / this.#periodMs);
    this.#schedule(this.#firstMs + Math.max(0, periods) * this.#periodMs);
  }

  #schedule(atMs: number, isUpkeep = false): void {
    const { clock } = this.#options;
    this.#cancel = clock[isUpkeep ? "upkeep" : "after"](Math.max(0, atMs - clock.now()), () => this.#ask());
  }

  #ask(): void {
    if (this.#isStopped) return;
    const { probe, ask, onVerdict, onFailure, clock } = this.#options;
    const answer = ask();
    if (!answer.isSuccess) onFailure(answer.output);
    if (this.#isStopped) return;
    if (this.#lastSuccess === answer.isSuccess) this.#run++;
    else {
      this.#lastSuccess = answer.isSuccess;
      this.#run = 1;
    }
    const threshold = answer.isSuccess ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (this.#run >= threshold && this.#verdict !== answer.isSuccess) {
      this.#verdict = answer.isSuccess;
      onVerdict(answer.isSuccess, answer.output);
    }
    if (this.#isStopped) return;
    // A failing probe goes on, because every failure is told; a settled success can sleep.
    if (answer.isSuccess && answer.isStable && this.#verdict === true) this.#isAsleep = true;
    else this.#schedule(clock.now() + this.#periodMs, answer.isStable && this.#verdict === answer.isSuccess);
  }
}
