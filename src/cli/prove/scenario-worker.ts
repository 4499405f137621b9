/** One thread of a proof: it gets the homelab and where all scenarios begin, then scenario after scenario, and answers each with its outcome. */
import { parentPort, workerData } from "node:worker_threads";
import { certificateAuthority } from "../../adapters/certificate-authority.ts";
import type { Homelab } from "../../config/homelab.ts";
import { runFromStart } from "../../rehearse/prove/prove.ts";
import type { ScenarioOutcome } from "../../rehearse/prove/run-scenario.ts";
import { WarmClusters, type WarmStart } from "../../rehearse/prove/warm-start.ts";
import type { Scenario } from "../../scenarios/scenario.ts";

export interface ScenarioWorkerData {
  homelab: Homelab;
  start: WarmStart;
  /** Milliseconds since 1970, of the certificates that clusters make. */
  notBeforeMs: number;
  notAfterMs: number;
}

export interface ScenarioRequest {
  id: number;
  scenario: Scenario;
}

export interface ScenarioAnswer {
  id: number;
  outcome: ScenarioOutcome;
}

const { homelab, start, notBeforeMs, notAfterMs } = workerData as ScenarioWorkerData;
const clusters = new WarmClusters(homelab, start, certificateAuthority("kubernest-proof", notBeforeMs, notAfterMs), () => undefined);

parentPort!.on("message", ({ id, scenario }: ScenarioRequest) => {
  const answer: ScenarioAnswer = { id, outcome: runFromStart(clusters, homelab, scenario) };
  parentPort!.postMessage(answer);
});
