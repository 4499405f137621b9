/** Ends all containers of a pod: first what does the work, all at once; then sidecars, the last first (kubelet `killContainersWithSyncResult`). */
import type { ContainerRecord, ContainerRun } from "./container-record.ts";
import { isRunning } from "./container-record.ts";
import type { Pod } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";
import { stopRun } from "./stop-container.ts";

/** API default of `terminationGracePeriodSeconds`. */
const GRACE_SECONDS_DEFAULT = 30;

export interface StoppedPod {
  host: PodHost;
  pod(): Pod;
  records(): readonly ContainerRecord[];
  /** A timer that ends with the pod. */
  after(delayMs: number, fn: () => void): void;
  onStopping(run: ContainerRun): void;
  /** Nothing runs any more. */
  onStopped(): void;
}

export class PodStopper {
  readonly #stopped: StoppedPod;
  #graceUntilMs = 0;
  #isOver = false;
  readonly #followed = new Set<ContainerRun>();

  constructor(stopped: StoppedPod) {
    this.#stopped = stopped;
  }

  get #nowMs(): number {
    return this.#stopped.host.context.clock.now();
  }

  /** With the grace of the deletion, else of the pod. */
  begin(graceSeconds?: number): void {
    const { metadata, spec } = this.#stopped.pod();
    const seconds = graceSeconds ?? metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? GRACE_SECONDS_DEFAULT;
    this.#graceUntilMs = this.#nowMs + seconds * 1000;
    this.#next();
  }

  /** The pod was deleted again, with less grace. */
  shorten(): void {
    const { deletionGracePeriodSeconds } = this.#stopped.pod().metadata;
    if (deletionGracePeriodSeconds === undefined) return;
    const untilMs = this.#nowMs + deletionGracePeriodSeconds * 1000;
    if (untilMs >= this.#graceUntilMs) return;
    this.#graceUntilMs = untilMs;
    for (const { current } of this.#stopped.records()) {
      if (current !== undefined && current.ended === undefined) this.#stopped.after(untilMs - this.#nowMs, () => current.process?.signal("SIGKILL"));
    }
  }

  #next(): void {
    if (this.#isOver) return;
    const { host, pod, records, onStopping, onStopped } = this.#stopped;
    const running = records().filter(isRunning);
    const working = running.filter((record) => record.kind !== "sidecar");
    const targets = working.length > 0 ? working : running.slice(-1);
    if (targets.length === 0) {
      this.#isOver = true;
      return onStopped();
    }
    for (const record of targets) {
      const run = record.current!;
      if (this.#followed.has(run)) continue;
      this.#followed.add(run);
      if (run.isStopping) {
        // A failed probe stops it already: its end is waited for.
        run.log.follow(() => undefined, () => this.#stopped.after(0, () => this.#next()));
        continue;
      }
      onStopping(run);
      stopRun(host, pod(), record, run, { message: `Stopping container ${record.spec.name}`, graceUntilMs: this.#graceUntilMs, onEnded: () => this.#next() });
    }
  }
}
