/** Worker threads for a proof. */
import { availableParallelism, totalmem } from "node:os";
import { Worker } from "node:worker_threads";
import type { ScenarioThread } from "../../rehearse/prove/prove.ts";
import type { PlacementResult, PlacementTask } from "../../rehearse/prove/placements/run-on-placement.ts";
import type { ScenarioAnswer, ScenarioRequest, ScenarioWorkerData } from "./scenario-worker.ts";

/** A scenario's cluster fits in: what it leaves behind is forgotten as a whole, and nearly nothing of it has to be copied to be kept. */
const YOUNG_MB_MAX = 192;
/** Of the computer's memory, for all threads together. */
const YOUNG_SHARE_MAX = 1 / 16;
const MIB = 1024 ** 2;

/** At most `countMax`, and no more than there are processors beside those of `busyCount` threads. None when this runs from its sources: Node's threads load no TypeScript. */
export function scenarioThreads(data: ScenarioWorkerData, countMax: number, busyCount: number): ScenarioThread[] {
  if (import.meta.url.endsWith(".ts")) return [];
  const count = Math.max(0, Math.min(availableParallelism() - busyCount, countMax));
  const youngMb = Math.floor(Math.min(YOUNG_MB_MAX, (totalmem() / MIB) * YOUNG_SHARE_MAX / count));
  return Array.from({ length: count }, () => scenarioThread(data, youngMb));
}

function scenarioThread(data: ScenarioWorkerData, youngMb: number): ScenarioThread {
  const worker = new Worker(new URL("scenario-thread.mjs", import.meta.url), { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: youngMb } });
  const waiting = new Map<number, { resolve(result: PlacementResult): void; reject(error: Error): void }>();
  let lastId = 0;
  /** The last that it was given brought up: tasks of one placement follow each other, and copying a cluster takes its time. */
  let lastPlacement: number | undefined;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on("message", ({ id, result }: ScenarioAnswer) => {
    waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`a thread of the proof ended with ${code}`)));
  return {
    run: (task: PlacementTask) =>
      new Promise<PlacementResult>((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        const request: ScenarioRequest = { id: ++lastId, task: task.up !== undefined && task.placement === lastPlacement ? withoutUp(task) : task };
        lastPlacement = task.up === undefined ? lastPlacement : task.placement;
        waiting.set(request.id, { resolve, reject });
        worker.postMessage(request);
      }),
    close: async () => {
      worker.removeAllListeners("exit");
      await worker.terminate();
    },
  };
}

function withoutUp({ up: _, ...task }: PlacementTask): PlacementTask {
  return task;
}
