/** Takes up what a pod ran before its machine was switched off: the last words of its containers are in its status. */
import { parseRfc3339 } from "../../lib/rfc3339.ts";
import { ContainerFiles } from "./behaviour/container-files.ts";
import type { ContainerRecord, Termination } from "./container-record.ts";
import { LogBuffer } from "./log-buffer.ts";
import type { ContainerState, Pod } from "./pod.ts";

type EndedState = NonNullable<ContainerState["terminated"]>;

/** What containerd reports for a container that a power cut ended. */
const LOST = { exitCode: 255, reason: "Unknown" } as const;

/** How a container ended, as its status tells. */
export function terminationOf(ended: EndedState | undefined, nowMs: number): Termination | undefined {
  if (ended === undefined || ended === null) return undefined;
  return {
    exitCode: ended.exitCode,
    reason: ended.reason ?? "Completed",
    ...(ended.message ? { message: ended.message } : {}),
    startedMs: parseRfc3339(ended.startedAt) ?? nowMs,
    finishedMs: parseRfc3339(ended.finishedAt) ?? nowMs,
    containerId: ended.containerID ?? "",
  };
}

/** True when there was something. */
export function restoreContainers(pod: Pod, records: readonly ContainerRecord[], nowMs: number): boolean {
  let found = false;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const record of records) {
    const old = statuses.find(({ name }) => name === record.spec.name);
    if (old === undefined || !old.containerID) continue;
    found = true;
    const ended = old.state?.terminated ?? old.lastState?.terminated;
    const wasRunning = old.state?.running;
    const startedMs = parseRfc3339(wasRunning?.startedAt ?? ended?.startedAt) ?? nowMs;
    const containerId = old.containerID;
    const termination: Termination = wasRunning
      ? { ...LOST, startedMs, finishedMs: nowMs, containerId }
      : { ...(terminationOf(ended, nowMs) ?? { exitCode: 0, reason: "Completed", startedMs, finishedMs: nowMs }), containerId };
    const log = new LogBuffer();
    log.close();
    record.restartCount = old.restartCount;
    record.imageId = old.imageID;
    record.imageName = old.image;
    record.current = { id: containerId, startedMs, log, files: new ContainerFiles(), process: undefined, isStopping: false, ended: termination };
  }
  return found;
}
