/** Which container of a pod is to be started now (kubelet `computePodActions`): pure but for asking whether one may start yet. */
import type { ContainerRecord } from "./container-record.ts";
import { isRunning } from "./container-record.ts";
import type { Container, Pod } from "./pod.ts";
import { shouldRestart } from "./pod-status.ts";

export interface PodContainers {
  pod: Pod;
  init: readonly ContainerRecord[];
  apps: readonly ContainerRecord[];
}

/** "ended" when the pod has nothing left to do, undefined while it waits. `startable` is the record itself when no back-off holds it. */
export function nextContainer({ pod, init, apps }: PodContainers, startable: (record: ContainerRecord) => ContainerRecord | undefined): ContainerRecord | "ended" | undefined {
  const hasStarted = apps.some((record) => record.current !== undefined);
  for (const record of init) {
    if (record.kind === "init") {
      // Once the app has run, preparations are not made again.
      if (hasStarted) continue;
      const ended = record.current?.ended;
      if (ended?.exitCode === 0) continue;
      if (ended !== undefined && !shouldRestart(initPolicy(record, pod), pod, ended.exitCode)) return "ended";
      return startable(record);
    }
    if (isRunning(record)) {
      if (!record.isStarted && !hasStarted) return undefined;
      continue;
    }
    const sidecar = startable(record);
    if (sidecar !== undefined) return sidecar;
    if (!hasStarted) return undefined;
  }
  let isAlive = false;
  let next: ContainerRecord | undefined;
  for (const record of apps) {
    const ended = record.current?.ended;
    if (isRunning(record)) isAlive = true;
    else if (ended === undefined || record.mustRestart || shouldRestart(record.spec, pod, ended.exitCode)) {
      isAlive = true;
      next ??= startable(record);
    }
  }
  return isAlive ? next : "ended";
}

/** Init containers are tried again unless the pod is never restarted. */
function initPolicy(record: ContainerRecord, pod: Pod): Container {
  return { ...record.spec, restartPolicy: record.spec.restartPolicy ?? (pod.spec.restartPolicy === "Never" ? "Never" : "OnFailure") };
}
