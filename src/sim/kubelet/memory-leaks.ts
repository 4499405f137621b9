/** What becomes of pods on a machine whose memory grows: ended by the kernel, or evicted before that where the kubelet watches its memory. */
import type { PodWorker } from "./pod-worker.ts";

export interface LeakingMachine {
  workers: readonly PodWorker[];
  /** What is left of the machine's memory. */
  availableBytes(): number;
  /** The kubelet looks at it now. */
  memoryTaken(): void;
}

/** In how many milliseconds the next one will have all that it may have; undefined while none grows. */
export function lookAtLeaks({ workers, availableBytes, memoryTaken }: LeakingMachine): number | undefined {
  const leaking = (available: number): { worker: PodWorker; ms: number }[] => workers.flatMap((worker) => {
    const ms = worker.leakEndsInMs(available);
    return ms === undefined ? [] : [{ worker, ms }];
  });
  for (const { worker, ms } of leaking(Infinity)) if (ms === 0) worker.oomKill();
  memoryTaken();
  const left = leaking(availableBytes());
  // Of a machine that is full the kernel takes the largest.
  if (left.some(({ ms }) => ms === 0)) left.toSorted((a, b) => bytesOf(b.worker) - bytesOf(a.worker))[0]!.worker.oomKill();
  return left.length === 0 ? undefined : Math.min(...left.map(({ ms }) => ms));
}

const bytesOf = (worker: PodWorker): number => Math.max(0, ...[...worker.usage().values()].map(({ memoryBytes }) => memoryBytes));
