/** One thread of a proof: it gets the homelab and where all scenarios begin, then scenarios of one placement after the other, and answers with their outcomes. */
import { parentPort, workerData } from "node:worker_threads";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import type { Homelab } from "../../config/homelab.ts";
import { type PlacementResult, PlacementRunner, type PlacementTask } from "../../rehearse/prove/placements/run-on-placement.ts";
import type { WarmStart } from "../../rehearse/prove/warm-start.ts";
import { unreadRehearsal } from "../breakable-rehearsal.ts";

export interface ScenarioWorkerData {
  homelab: Homelab;
  start: WarmStart;
  /** Milliseconds since 1970, of the certificates that clusters make. */
  notBeforeMs: number;
  notAfterMs: number;
}

export interface ScenarioRequest {
  id: number;
  task: PlacementTask;
}

export interface ScenarioAnswer {
  id: number;
  result: PlacementResult;
}

const { homelab, start, notBeforeMs, notAfterMs } = workerData as ScenarioWorkerData;
const { seed } = start;
const certificates = certificateAuthority("kubernest-proof", notBeforeMs, notAfterMs);
const log = (): void => undefined;
/** The terminal is the main thread's. */
const SILENT = { debug: log, stderr: log, isTerminal: false, width: 0 };
const runner = new PlacementRunner({ homelab, seed, certificates, log, isStopped: () => false, newRehearsal: (ties) => unreadRehearsal(homelab, seed, certificates, SILENT, ties) }, start);

// One after the other, though bringing a placement up takes turns of the event loop.
let last: Promise<unknown> = Promise.resolve();
parentPort!.on("message", ({ id, task }: ScenarioRequest) => {
  last = last.then(async () => {
    const answer: ScenarioAnswer = { id, result: await runner.run(task) };
    parentPort!.postMessage(answer);
  });
});
