/** What a pod's status says about it, in upstream's terms (`pkg/api/v1/pod`, `pkg/controller`). */
import { parseRfc3339 } from "../../lib/rfc3339.ts";
import { findCondition, isConditionTrue } from "./conditions.ts";
import type { Pod } from "./shapes.ts";

export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, "Ready");
}

/** Succeeded or Failed. */
export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && !isTerminating(pod);
}

/** Milliseconds until a ready pod counts as available; 0 when it does, undefined when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = findCondition(pod.status?.conditions, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return 0;
  const sinceMs = parseRfc3339(ready.lastTransitionTime);
  if (sinceMs === undefined) return undefined;
  return Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs);
}

export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  return availableInMs(pod, minReadySeconds, nowMs) === 0;
}

/** The shortest wait until another of these pods becomes available, if any is on its way. */
export function nextAvailabilityMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  let nextMs: number | undefined;
  for (const pod of pods) {
    const waitMs = availableInMs(pod, minReadySeconds, nowMs);
    if (waitMs !== undefined && waitMs > 0 && (nextMs === undefined || waitMs < nextMs)) nextMs = waitMs;
  }
  return nextMs;
}

/** The largest restart counts among ordinary and sidecar containers. */
export function restartCounts(pod: Pod): [regular: number, sidecar: number] {
  let regular = 0;
  for (const status of pod.status?.containerStatuses ?? []) regular = Math.max(regular, status.restartCount ?? 0);
  const sidecars = new Set((pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always").map((container) => container.name));
  let sidecar = 0;
  for (const status of pod.status?.initContainerStatuses ?? []) if (sidecars.has(status.name)) sidecar = Math.max(sidecar, status.restartCount ?? 0);
  return [regular, sidecar];
}
