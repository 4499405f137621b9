/**
 * One pod on one machine, from the moment the kubelet sees it until its last trace is gone. `#sync` looks at what there is and does the
 * one next thing, as upstream's `SyncPod` and `computePodActions` do; everything that takes time ends in another `#sync`.
 */
import { semanticEqual } from "../../lib/deep-equal.ts";
import { parseRfc3339 } from "../../lib/rfc3339.ts";
import { type PodInfo, podInfo } from "../scheduler/pod-info.ts";
import type { Process } from "./behaviour/process.ts";
import type { ContainerRecord, ContainerRun } from "./container-record.ts";
import { containerRecord, isRunning } from "./container-record.ts";
import { ContainerProbes } from "./container-probes.ts";
import { goDuration } from "./go-duration.ts";
import { nextContainer } from "./next-container.ts";
import type { Container, Pod, PodStatus } from "./pod.ts";
import { formatPod, isTerminalPod } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";
import { burdened, leakEndsInMs } from "./pod-burden.ts";
import { diskBytesOf, type PodDiskUse, podDiskUse } from "./pod-disk-use.ts";
import { type PodFacts, podStatus } from "./pod-status.ts";
import { PodStatusWriter } from "./pod-status-writer.ts";
import { PodStopper } from "./pod-stopper.ts";
import { PodVolumes } from "./pod-volumes.ts";
import { restoreContainers } from "./restore-containers.ts";
import { backoffKey, continueContainer, startContainer, type StartRequest } from "./start-container.ts";
import { stopRun } from "./stop-container.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

type Stage = "active" | "stopping" | "stopped" | "gone";

export class PodWorker {
  readonly #host: PodHost;
  readonly #volumes: PodVolumes;
  readonly #timers = new Set<() => void>();
  readonly #probes: ContainerProbes;
  readonly #writer: PodStatusWriter;
  readonly #stopper: PodStopper;
  readonly init: ContainerRecord[];
  readonly apps: ContainerRecord[];
  readonly ephemeral: ContainerRecord[] = [];
  #records: readonly ContainerRecord[] = [];
  pod: Pod;
  podIps: readonly string[] = [];
  #stage: Stage = "active";
  #startMs: number | undefined;
  #hasVolumes = false;
  #hasSandbox = false;
  /** What the pod network said when the sandbox was made; and what ends the wait for its agent. */
  #networkMark: number | undefined;
  #stopWaiting: (() => void) | undefined;
  #isBusy = false;
  #hasObject = true;
  #mountRetryMs: number = KUBELET_TIMINGS.mountBackoffMsMin;
  #mountSinceMs: number | undefined;
  #failure: PodFacts["failure"];
  #retryTimer: { atMs: number; cancel: () => void } | undefined;
  #info: PodInfo | undefined;

  constructor(pod: Pod, host: PodHost) {
    this.pod = pod;
    this.#host = host;
    this.init = (pod.spec.initContainers ?? []).map((spec) => containerRecord(spec, "init"));
    this.apps = pod.spec.containers.map((spec) => containerRecord(spec, "app"));
    this.#probes = this.#newProbes();
    this.#writer = new PodStatusWriter({
      host,
      pod: () => this.pod,
      status: (current) => this.#status(current),
      after: (delayMs, fn) => this.#after(delayMs, fn),
      onGone: () => this.#release(),
    });
    this.#stopper = new PodStopper({
      host,
      pod: () => this.pod,
      records: () => this.records,
      after: (delayMs, fn) => this.#after(delayMs, fn),
      onStopping: (run) => this.#probes.stop(run),
      onStopped: () => this.#relist(() => this.#stopped()),
    });
    this.#volumes = new PodVolumes(pod, host.context.client, host.disks, () => ({ podIps: this.podIps, hostIps: host.hostIps, allocatable: host.allocatable }));
  }

  #newProbes(): ContainerProbes {
    return new ContainerProbes(this.#host, {
      changed: () => {
        this.publish();
        this.#sync();
      },
      failed: (record, kind, graceSeconds) => this.#stop(record, `Container ${record.spec.name} failed ${kind} probe, will be restarted`, graceSeconds),
      failure: (message) => this.#host.event(this.pod, "Warning", "Unhealthy", message),
      podIp: () => this.podIps[0] ?? "",
      isUnheard: () => !this.#host.podNetwork.isHeardByHost(this.#networkMark),
      isUnready: () => this.#host.troubles.unready.of(this.pod) === true,
    });
  }

  get uid(): string {
    return this.pod.metadata.uid!;
  }

  get isFinished(): boolean {
    return this.#stage === "stopped" || this.#stage === "gone";
  }

  /** True once nothing more will be started. */
  get isEnding(): boolean {
    return this.#stage !== "active";
  }

  /** False once its object was deleted, by force where it still ends: upstream's kubelet then counts it no more (`GetActivePods`, kubernetes#104824). */
  get hasObject(): boolean {
    return this.#hasObject;
  }

  /** What the pod takes of the node. */
  get info(): PodInfo {
    return (this.#info ??= podInfo(this.pod));
  }

  get records(): readonly ContainerRecord[] {
    // Only ephemeral containers come after the pod has begun.
    if (this.#records.length !== this.init.length + this.apps.length + this.ephemeral.length) this.#records = [...this.init, ...this.apps, ...this.ephemeral];
    return this.#records;
  }

  /** First look at the pod. */
  begin(): void {
    const { pod } = this;
    this.#startMs = parseRfc3339(pod.status?.startTime) ?? this.#host.context.clock.now();
    if (isTerminalPod(pod)) {
      restoreContainers(pod, [...this.init, ...this.apps], this.#host.context.clock.now());
      this.#stage = "stopped";
      this.#cleanUp();
      return;
    }
    const hadRun = restoreContainers(pod, [...this.init, ...this.apps], this.#host.context.clock.now());
    if (hadRun) this.#host.event(pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    if (pod.metadata.deletionTimestamp !== undefined) return this.#beginStop();
    const rejection = this.#host.admit(pod);
    if (rejection !== undefined) {
      this.#host.event(pod, "Warning", rejection.reason, rejection.message);
      this.#failure = { reason: rejection.reason, message: `Pod was rejected: ${rejection.message}` };
      this.#stage = "stopped";
      this.publish();
      return;
    }
    this.#armDeadline();
    this.publish();
    this.#sync();
  }

  /** Its containers run on under another kubelet. One that was on its way is begun anew. */
  goOn(): void {
    const { pod } = this;
    const statuses = new Map([...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map((status) => [status.name, status]));
    const isRunningWell = this.apps.every((record) => statuses.get(record.spec.name)?.state?.running != null);
    if (isTerminalPod(pod) || pod.metadata.deletionTimestamp !== undefined || !isRunningWell || this.#volumes.mount() !== undefined) return this.begin();
    this.#startMs = parseRfc3339(pod.status?.startTime) ?? this.#host.context.clock.now();
    this.podIps = (pod.status?.podIPs ?? []).map(({ ip }) => ip!);
    this.#hasVolumes = true;
    this.#hasSandbox = true;
    restoreContainers(pod, this.init, this.#host.context.clock.now());
    for (const record of [...this.init, ...this.apps]) {
      const status = statuses.get(record.spec.name);
      if (status?.state?.running == null) continue;
      continueContainer(this.#startRequest(record), status);
      this.#probes.begin(record, record.current!);
    }
    this.#armDeadline();
  }

  /** The object changed. */
  update(pod: Pod): void {
    const before = this.pod;
    this.pod = pod;
    this.#volumes.update(pod);
    if (this.#stage === "gone") return;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (this.#stage === "active") this.#beginStop();
      else if (this.#stage === "stopped") this.#cleanUp();
      else this.#stopper.shorten();
      return;
    }
    // Others may have called it not ready (the node controller does, of a silent node); a kubelet that knows better says so again.
    if (this.#stage === "active" && isCalledReady(before) && !isCalledReady(pod)) this.publish();
    if (this.#stage !== "active" || before.spec === pod.spec) {
      if (this.#stage === "active" && pod.spec.readinessGates?.length && !semanticEqual(before.status?.conditions, pod.status?.conditions)) this.publish();
      return;
    }
    this.#info = undefined;
    this.#takeSpec(pod);
    if (before.spec.activeDeadlineSeconds !== pod.spec.activeDeadlineSeconds) this.#armDeadline();
    this.#sync();
    this.publish();
  }

  /** The object that stands for this pod was made anew. */
  rebind(pod: Pod): void {
    this.pod = pod;
    this.#volumes.update(pod);
    this.publish();
  }

  /** The object is gone: everything stops, nothing is written any more. */
  removed(): void {
    if (this.#stage === "gone") return;
    this.#hasObject = false;
    if (this.#stage === "stopped") return this.#release();
    this.#beginStop();
  }

  /** The power is gone: no farewell. */
  powerLost(): void {
    this.#stage = "gone";
    for (const cancel of this.#timers) cancel();
    this.#retryTimer?.cancel();
    for (const record of this.records) {
      const run = record.current;
      if (run !== undefined) {
        this.#probes.stop(run);
        run.log.close();
        run.process?.signal("SIGKILL");
      }
    }
  }

  /** Ends the pod for a reason of the node's: pressure (`isDisruption`), a limit, a deadline. */
  fail(reason: string, message: string, options: { graceSeconds?: number; isDisruption?: boolean } = {}): void {
    if (this.#stage !== "active") return;
    this.#failure = { reason, message, ...(options.isDisruption ? { isDisruption: true } : {}) };
    this.#beginStop(options.graceSeconds);
    this.publish();
  }

  /** The running process that answers on a port. */
  processOn(port: number): Process | undefined {
    return listener(this.init, port) ?? listener(this.apps, port) ?? listener(this.ephemeral, port);
  }

  /** Of all its running containers. */
  get memoryBytes(): number {
    const { load, leak } = this.#host.troubles;
    let sum = 0;
    if (load.isEmpty && leak.isEmpty) for (const record of this.records) sum += isRunning(record) ? (record.current!.process?.usage().memoryBytes ?? 0) : 0;
    else for (const { memoryBytes } of this.usage().values()) sum += memoryBytes;
    return sum;
  }

  usage(): Map<string, { memoryBytes: number; cpuMilli: number }> {
    const byContainer = new Map<string, { memoryBytes: number; cpuMilli: number }>();
    for (const record of this.records) if (isRunning(record) && record.current!.process) byContainer.set(record.spec.name, record.current!.process.usage());
    return burdened(byContainer, this.pod, this.apps[0], this.#host);
  }

  /** Milliseconds until a container that leaks has all that it may have: its limit, or what the machine has left. Undefined for a pod that does not leak. */
  leakEndsInMs(availableBytes: number): number | undefined {
    return leakEndsInMs(this.usage(), this.pod, this.apps[0], this.#host, availableBytes);
  }

  /** Ends the container that leaks. */
  oomKill(): void {
    this.apps[0]?.current?.oomKill?.();
  }

  /** Whether what others send it arrives, and what it sends. */
  get isWired(): boolean {
    if (this.pod.spec.hostNetwork) return true;
    const { podNetwork, context } = this.#host;
    return podNetwork.without === undefined || (podNetwork.isWired(this.#networkMark) && !podNetwork.isCut(context.clock.now()));
  }

  /** The pod network's agent runs again: a plugin that waits for it goes on. */
  networkBack(): void {
    this.#stopWaiting?.();
    this.probeAgain();
  }

  /** Its programs may answer otherwise than before. */
  probeAgain(): void {
    this.#probes.wake();
  }

  diskUse(): PodDiskUse {
    return podDiskUse(this.records, this.#volumes.emptyDirs);
  }

  get diskBytes(): number {
    return diskBytesOf(this.records, this.#volumes.emptyDirs);
  }

  #takeSpec(pod: Pod): void {
    const specs = new Map<string, Container>([...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((spec) => [spec.name, spec]));
    for (const record of [...this.init, ...this.apps]) {
      const spec = specs.get(record.spec.name);
      if (spec === undefined) continue;
      const hasNewImage = spec.image !== record.spec.image;
      record.spec = spec;
      if (hasNewImage && record.kind !== "init" && isRunning(record)) {
        record.mustRestart = true;
        this.#stop(record, `Container ${spec.name} definition changed, will be restarted`);
      }
    }
    for (const spec of pod.spec.ephemeralContainers ?? []) {
      if (!this.ephemeral.some((record) => record.spec.name === spec.name)) this.ephemeral.push(containerRecord(spec as Container, "ephemeral"));
    }
  }

  #after(delayMs: number, fn: () => void): void {
    const cancel = this.#host.context.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      fn();
    });
    this.#timers.add(cancel);
  }

  #relist(fn: () => void): void {
    const cancel = this.#host.atNextRelist(() => {
      this.#timers.delete(cancel);
      if (this.#stage !== "gone") fn();
    });
    this.#timers.add(cancel);
  }

  /** Asks for another look; the earliest request wins. */
  #retryIn(delayMs: number): void {
    const { clock } = this.#host.context;
    const atMs = clock.now() + delayMs;
    if (this.#retryTimer !== undefined && this.#retryTimer.atMs <= atMs) return;
    this.#retryTimer?.cancel();
    this.#retryTimer = {
      atMs,
      cancel: clock.after(delayMs, () => {
        this.#retryTimer = undefined;
        this.#sync();
      }),
    };
  }

  /** Again when the deadline changed: it can be set or brought forward while the pod runs. */
  #armDeadline(): void {
    const seconds = this.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || seconds === null) return;
    const leftMs = this.#startMs! + seconds * 1000 - this.#host.context.clock.now();
    this.#after(Math.max(0, leftMs), () => this.fail("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"));
  }

  #sync(): void {
    if (this.#stage !== "active" || this.#isBusy) return;
    if (!this.#hasVolumes) return this.#mount();
    if (!this.#hasSandbox) return this.#createSandbox();
    const next = this.ephemeral.find((record) => record.current === undefined && record.waiting === undefined) ?? nextContainer(this, (record) => this.#startable(record));
    if (next === "ended") return this.#end();
    if (next === undefined) return;
    this.#isBusy = true;
    startContainer(this.#startRequest(next), (retryMs) => {
      this.#isBusy = false;
      if (this.#stage !== "active") return;
      if (retryMs !== undefined) {
        this.#startRetries.set(next, this.#host.context.clock.now() + retryMs);
        this.publish();
        this.#retryIn(retryMs);
      } else {
        this.#startRetries.delete(next);
        const run = next.current!;
        this.#relist(() => this.#noticeStart(next, run));
      }
      this.#sync();
    });
  }

  #startRequest(record: ContainerRecord): StartRequest {
    return {
      host: this.#host,
      pod: this.pod,
      record,
      podIps: this.podIps,
      filesFor: (which, subPaths) => this.#volumes.filesFor(which.spec, subPaths),
      isCancelled: () => this.#stage !== "active",
      onEnd: (which, run) => this.#onEnd(which, run),
    };
  }

  /** Containers whose last start was refused, and when to try again. */
  readonly #startRetries = new Map<ContainerRecord, number>();

  #waits(record: ContainerRecord): boolean {
    const untilMs = this.#startRetries.get(record);
    if (untilMs === undefined) return false;
    const leftMs = untilMs - this.#host.context.clock.now();
    if (leftMs <= 0) return false;
    this.#retryIn(leftMs);
    return true;
  }

  /** Itself when it may start now; otherwise it waits for its back-off and a timer is set. */
  #startable(record: ContainerRecord): ContainerRecord | undefined {
    if (isRunning(record) || this.#waits(record)) return undefined;
    const ended = record.current?.ended;
    if (ended === undefined || record.mustRestart) return record;
    const { clock } = this.#host.context;
    const nowMs = clock.now();
    const key = backoffKey(this.pod, record);
    const untilMs = this.#host.restartBackoff.waitsUntil(key, ended.finishedMs, nowMs);
    if (untilMs === undefined) {
      this.#host.restartBackoff.next(key, ended.finishedMs, nowMs);
      return record;
    }
    const message = `back-off ${goDuration(this.#host.restartBackoff.get(key))} restarting failed container=${record.spec.name} pod=${formatPod(this.pod)}`;
    if (record.waiting?.message !== message) {
      record.waiting = { reason: "CrashLoopBackOff", message };
      this.#host.event(this.pod, "Warning", "BackOff", `Back-off restarting failed container ${record.spec.name} in pod ${formatPod(this.pod)}`);
      this.publish();
    }
    this.#retryIn(untilMs - nowMs);
    return undefined;
  }

  #mount(): void {
    this.#isBusy = true;
    this.#after(this.#host.slowed(KUBELET_TIMINGS.mountMs), () => {
      this.#isBusy = false;
      if (this.#stage !== "active") return;
      const problem = this.#volumes.mount();
      if (problem === undefined) {
        this.#hasVolumes = true;
        return this.#sync();
      }
      this.#mountSinceMs ??= this.#host.context.clock.now();
      const isTold = problem.isWait !== true || this.#host.context.clock.now() - this.#mountSinceMs >= KUBELET_TIMINGS.mountWaitMs;
      if (isTold) this.#host.event(this.pod, "Warning", problem.reason, problem.message);
      this.#retryIn(this.#mountRetryMs);
      this.#mountRetryMs = Math.min(this.#mountRetryMs * 2, KUBELET_TIMINGS.mountBackoffMsMax);
    });
  }

  #createSandbox(): void {
    this.#isBusy = true;
    this.#after(this.#host.slowed(KUBELET_TIMINGS.sandboxMs), () => {
      this.#isBusy = false;
      if (this.#stage !== "active") return;
      const refusal = this.pod.spec.hostNetwork ? undefined : this.#host.podNetwork.refusal(this.#host.context.clock.now());
      if (refusal !== undefined) return this.#waitForNetwork(refusal);
      const addresses = this.pod.spec.hostNetwork ? this.#host.hostIps : this.#host.addresses().take();
      if (addresses === undefined) {
        const message = `failed to set up sandbox container network for pod "${this.pod.metadata.name}": plugin failed (add): failed to allocate for range 0: no IP addresses available in range set`;
        this.#host.event(this.pod, "Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: rpc error: code = Unknown desc = ${message}`);
        return this.#retryIn(KUBELET_TIMINGS.syncBackoffMs);
      }
      this.podIps = addresses;
      this.#networkMark = this.pod.spec.hostNetwork ? undefined : this.#host.podNetwork.mark;
      this.#hasSandbox = true;
      this.#relist(() => this.publish());
      this.#sync();
    });
  }

  /** The plugin waits for its agent, then gives up: the kubelet tries again. */
  #waitForNetwork({ error, waitMs }: { error: string; waitMs: number }): void {
    this.#isBusy = true;
    const over = (): boolean => {
      this.#stopWaiting = undefined;
      this.#isBusy = false;
      return this.#stage === "active";
    };
    const cancel = this.#host.context.clock.after(waitMs, () => {
      this.#timers.delete(cancel);
      if (!over()) return;
      // A sandbox's name is its own; two are never alike.
      const sandbox = `${this.uid}${this.uid}`.replaceAll("-", "");
      this.#host.event(this.pod, "Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${sandbox}": ${error}`);
      this.#retryIn(KUBELET_TIMINGS.syncBackoffMs);
    });
    this.#timers.add(cancel);
    const stopWaiting = (): void => {
      this.#timers.delete(cancel);
      cancel();
      if (over()) this.#sync();
    };
    this.#stopWaiting = stopWaiting;
  }

  /** The kubelet sees that a container runs: its probes begin, its status is written. */
  #noticeStart(record: ContainerRecord, run: ContainerRun): void {
    if (record.current === run && run.ended === undefined) this.#probes.begin(record, run);
    this.publish();
    this.#sync();
  }

  #onEnd(record: ContainerRecord, run: ContainerRun): void {
    this.#probes.stop(run);
    if (this.#stage === "gone" || record.current !== run) return;
    this.#relist(() => {
      if (this.#stage === "active") {
        this.#sync();
        this.publish();
      }
    });
  }

  /** Stops one container; the pod goes on, and the container is started again. */
  #stop(record: ContainerRecord, message: string, graceSeconds: number | null | undefined = undefined): void {
    const run = record.current;
    if (run === undefined || run.ended !== undefined || run.isStopping) return;
    this.#probes.stop(run);
    const seconds = graceSeconds ?? this.pod.spec.terminationGracePeriodSeconds ?? 30;
    stopRun(this.#host, this.pod, record, run, { message, graceUntilMs: this.#host.context.clock.now() + seconds * 1000 });
  }

  /** The containers have ended by themselves; sidecars follow. */
  #end(): void {
    this.#beginStop();
  }

  #beginStop(graceSeconds?: number): void {
    this.#stage = "stopping";
    this.#retryTimer?.cancel();
    this.#stopper.begin(graceSeconds);
  }

  #stopped(): void {
    this.#stage = "stopped";
    // What never ran will not run any more.
    this.publish();
    this.#cleanUp();
  }

  /** Takes down sandbox and mounts; then a deleted pod's object goes too. */
  #cleanUp(): void {
    this.#after(KUBELET_TIMINGS.cleanupMs, () => {
      if (this.podIps.length > 0 && !this.pod.spec.hostNetwork) this.#host.addresses().give(this.podIps);
      this.podIps = [];
      this.#writer.removeObject();
    });
  }

  #release(): void {
    if (this.#stage === "gone") return;
    this.#stage = "gone";
    for (const cancel of this.#timers) cancel();
    if (this.podIps.length > 0 && !this.pod.spec.hostNetwork) this.#host.addresses().give(this.podIps);
    this.#host.restartBackoff.forget(`${formatPod(this.pod)}_`);
    this.#host.imageBackoff.forget(`${this.uid}_`);
    this.#host.released(this.uid);
  }

  /** Writes the status soon: several changes of one moment become one write. */
  publish(): void {
    if (this.#stage !== "gone") this.#writer.publish();
  }

  /** The machine can reach the API again: what it says now counts, whatever was written meanwhile. */
  reconnected(): void {
    if (this.#stage === "active") this.publish();
    else this.#writer.catchUp();
  }

  #status(current: Pod): PodStatus {
    const { clock } = this.#host.context;
    return podStatus({
      pod: current,
      init: this.init,
      apps: this.apps,
      ephemeral: this.ephemeral,
      hasSandbox: this.#hasSandbox && this.#stage !== "stopped",
      podIps: this.podIps.length > 0 ? this.podIps : (current.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : [])),
      hostIps: this.#host.hostIps,
      startMs: this.#startMs,
      isTerminal: this.#stage === "stopped",
      failure: this.#failure,
      before: current.status,
      nowMs: clock.now(),
    });
  }
}

function listener(records: readonly ContainerRecord[], port: number): Process | undefined {
  for (const record of records) {
    const process = isRunning(record) ? record.current!.process : undefined;
    if (process?.listens(port)) return process;
  }
  return undefined;
}

const isCalledReady = (pod: Pod): boolean => pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
