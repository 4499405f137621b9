/** Stopping one run of a container: pre-stop hook, a request, and force when the grace is over (kubelet `killContainer`). */
import type { ContainerRecord, ContainerRun } from "./container-record.ts";
import type { Pod } from "./pod.ts";
import type { PodHost } from "./pod-host.ts";
import { portNumber } from "./run-probe.ts";
import { KUBELET_TIMINGS } from "./timings.ts";

export interface StopOptions {
  message: string;
  /** When force is used; a short minimum is always given. */
  graceUntilMs: number;
  onEnded?: () => void;
}

export function stopRun(host: PodHost, pod: Pod, record: ContainerRecord, run: ContainerRun, options: StopOptions): void {
  const { clock } = host.context;
  run.isStopping = true;
  host.event(pod, "Normal", "Killing", options.message);
  const isImmediate = options.graceUntilMs <= clock.now();
  const hookMs = isImmediate ? 0 : preStopMs(host, pod, record, run);
  const waitMs = Math.min(hookMs, Math.max(0, options.graceUntilMs - clock.now()));
  const end = (): void => {
    if (run.ended !== undefined) return options.onEnded?.();
    const leastMs = isImmediate ? 0 : KUBELET_TIMINGS.stopGraceSecondsMin * 1000;
    const forceMs = Math.max(options.graceUntilMs - clock.now(), leastMs);
    let isTold = false;
    const tell = (): void => {
      if (isTold) return;
      isTold = true;
      options.onEnded?.();
    };
    const cancelForce = clock.after(forceMs, () => {
      run.process?.signal("SIGKILL");
      tell();
    });
    run.process?.signal("SIGTERM");
    // The process reports its end through its log, which closes with it.
    run.log.follow(
      () => undefined,
      () => {
        cancelForce();
        clock.after(0, tell);
      },
    );
  };
  if (waitMs === 0) end();
  else clock.after(waitMs, end);
}

/** Runs the hook; what it would have waited, in milliseconds. */
function preStopMs(host: PodHost, pod: Pod, record: ContainerRecord, run: ContainerRun): number {
  const hook = record.spec.lifecycle?.preStop;
  if (!hook) return 0;
  if (hook.sleep) return hook.sleep.seconds * 1000;
  if (hook.exec) {
    const result = run.process?.execute(hook.exec.command ?? []);
    if (result !== undefined && result.exitCode !== 0) host.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed");
    return result?.elapsedMs ?? 0;
  }
  if (hook.httpGet) {
    const port = portNumber(record.spec, hook.httpGet.port);
    const path = hook.httpGet.path ?? "/";
    const response = port === undefined ? undefined : run.process?.http(port, { method: "GET", path, scheme: "http", host: "", headers: { "user-agent": "kube-lifecycle/1.36" } });
    if (response === undefined) host.event(pod, "Warning", "FailedPreStopHook", "PreStopHook failed");
  }
  return 0;
}
