/** Whom a node under pressure sends away first: who uses more than was asked for, the least important, the biggest (kubelet `eviction/helpers.go`). */
import { quantityNumber } from "../../lib/quantity.ts";
import type { Pressure } from "./kubelet.ts";
import type { PodWorker } from "./pod-worker.ts";

/** `system-node-critical`: pods of at least this priority are never evicted. */
const CRITICAL_PRIORITY = 2_000_000_000;
const THRESHOLD_TEXT: Readonly<Record<Pressure, string>> = { memory: "100Mi", disk: "10%" };

export function victimOfPressure(kind: Pressure, workers: readonly PodWorker[]): { worker: PodWorker; message: string } | undefined {
  const candidates = workers
    .filter((worker) => !worker.isEnding && (worker.pod.spec.priority ?? 0) < CRITICAL_PRIORITY)
    .map((worker) => {
      const usage = worker.usage();
      const usedBytes = [...usage.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
      const requested = worker.pod.spec.containers.reduce((sum, container) => {
        const requests = container.resources?.requests as Record<string, string> | undefined;
        return sum + quantityNumber(requests?.[kind === "memory" ? "memory" : "ephemeral-storage"]);
      }, 0);
      return { worker, usage, usedBytes, requested };
    });
  candidates.sort((a, b) => {
    const overA = a.usedBytes > a.requested;
    const overB = b.usedBytes > b.requested;
    if (overA !== overB) return overA ? -1 : 1;
    const priority = (a.worker.pod.spec.priority ?? 0) - (b.worker.pod.spec.priority ?? 0);
    return priority || b.usedBytes - b.requested - (a.usedBytes - a.requested);
  });
  const first = candidates[0];
  if (first === undefined) return undefined;
  const resource = kind === "memory" ? "memory" : "ephemeral-storage";
  let message = `The node was low on resource: ${resource}. Threshold quantity: ${THRESHOLD_TEXT[kind]}, available: 0. `;
  for (const container of first.worker.pod.spec.containers) {
    const used = first.usage.get(container.name)?.memoryBytes ?? 0;
    const requests = container.resources?.requests as Record<string, string> | undefined;
    const request = requests?.[resource] ?? "0";
    if (used > quantityNumber(request)) message += `Container ${container.name} was using ${Math.ceil(used / 1024)}Ki, request is ${request}, has larger consumption of ${resource}. `;
  }
  return { worker: first.worker, message };
}
