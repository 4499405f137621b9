/** The probes of a pod's containers: which run when, and what their verdicts mean (kubelet `prober/prober_manager.go`). */
import type { ContainerRecord, ContainerRun } from "./container-record.ts";
import type { Probe } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";
import { Prober } from "./prober.ts";
import { runProbe, unheard, unready } from "./run-probe.ts";

export interface ProbeVerdicts {
  /** A container became ready or unready, or has started up. */
  changed(record: ContainerRecord): void;
  /** A container must be restarted. */
  failed(record: ContainerRecord, kind: "startup" | "liveness", graceSeconds: number | null | undefined): void;
  failure(message: string): void;
  podIp(): string;
  /** Whether nothing that the kubelet asks over the network arrives. */
  isUnheard(): boolean;
  /** Whether the program says that it is not ready, whatever else it does. */
  isUnready(): boolean;
}

export class ContainerProbes {
  readonly #host: PodHost;
  readonly #verdicts: ProbeVerdicts;
  readonly #probers = new Map<ContainerRun, Prober[]>();

  constructor(host: PodHost, verdicts: ProbeVerdicts) {
    this.#host = host;
    this.#verdicts = verdicts;
  }

  /** Until the startup probe has succeeded, the others do not run. */
  begin(record: ContainerRecord, run: ContainerRun): void {
    const { startupProbe, readinessProbe, livenessProbe } = record.spec;
    if (startupProbe && !record.isStarted) {
      this.#start(record, run, "Startup", startupProbe, (isSuccess) => {
        if (!isSuccess) return this.#verdicts.failed(record, "startup", startupProbe.terminationGracePeriodSeconds);
        record.isStarted = true;
        this.stop(run);
        this.begin(record, run);
        this.#verdicts.changed(record);
      });
      return;
    }
    if (readinessProbe) {
      this.#start(record, run, "Readiness", readinessProbe, (isSuccess) => {
        // The first verdict of a container that goes on is what its status says already.
        if (record.isReady === isSuccess) return;
        record.isReady = isSuccess;
        this.#verdicts.changed(record);
      });
    }
    if (livenessProbe) {
      this.#start(record, run, "Liveness", livenessProbe, (isSuccess) => {
        if (!isSuccess) this.#verdicts.failed(record, "liveness", livenessProbe.terminationGracePeriodSeconds);
      });
    }
  }

  /** Settled verdicts are asked for again. */
  wake(): void {
    for (const probers of this.#probers.values()) for (const prober of probers) prober.wake();
  }

  stop(run: ContainerRun): void {
    for (const prober of this.#probers.get(run) ?? []) prober.stop();
    this.#probers.delete(run);
  }

  #start(record: ContainerRecord, run: ContainerRun, kind: string, probe: Probe, onVerdict: (isSuccess: boolean) => void): void {
    const { process } = run;
    if (process === undefined) return;
    const prober = new Prober({
      clock: this.#host.context.clock,
      probe,
      startedMs: run.startedMs,
      ask: () => {
        if (probe.exec === undefined && this.#verdicts.isUnheard()) return unheard(probe, record.spec, this.#verdicts.podIp());
        return kind === "Readiness" && this.#verdicts.isUnready() ? unready(probe) : runProbe(probe, record.spec, process, this.#verdicts.podIp());
      },
      onVerdict,
      onFailure: (output) => this.#verdicts.failure(`${kind} probe failed: ${output}`),
    });
    const probers = this.#probers.get(run);
    if (probers === undefined) {
      process.onChange(() => this.#probers.get(run)?.forEach((one) => one.wake()));
      this.#probers.set(run, [prober]);
    } else probers.push(prober);
  }
}
