/** Tells for how long nothing has come closer to ready: a cluster that waits for what never comes is not watched until its deadline. */
import type { Progress } from "./progress.ts";

export class Stall {
  #readyMax = -1;
  #missingMin = Number.POSITIVE_INFINITY;
  #sinceMs: number | undefined;

  /** Milliseconds since the last step forward: more is ready than ever, or less is missing than ever. */
  look(progress: Progress, nowMs: number): number {
    const { nodes, images, workloads, certificates, apps } = progress;
    let ready = 0;
    let missing = 0;
    for (const count of [nodes, images, workloads, certificates, apps]) {
      ready += count.ready;
      missing += Math.max(0, count.total - count.ready);
    }
    if (this.#sinceMs === undefined || ready > this.#readyMax || missing < this.#missingMin) this.#sinceMs = nowMs;
    this.#readyMax = Math.max(this.#readyMax, ready);
    this.#missingMin = Math.min(this.#missingMin, missing);
    return nowMs - this.#sinceMs;
  }
}
