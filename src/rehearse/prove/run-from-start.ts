/** One scenario on a cluster of its own. */
import type { Homelab } from "../../config/homelab.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { runScenario, type ScenarioOutcome } from "./run-scenario.ts";
import type { WarmClusters } from "./warm-start.ts";

/** Control loops that have just started have seen everything, heartbeats included. */
const RESUME_MS = 20_000;

export function runFromStart(clusters: WarmClusters, homelab: Homelab, scenario: Scenario): ScenarioOutcome {
  const place = clusters.next(scenario.steps.find(({ does }) => does === "begin")?.fault);
  place.cluster.run(RESUME_MS);
  return runScenario(place, homelab, scenario);
}
