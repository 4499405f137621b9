/** Scenarios on clusters whose pods stand where one placement has them: the seed's is at hand, another is brought up for as long as its scenarios run. */
import type { Homelab } from "../../../config/homelab.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import type { CertificateIssuer } from "../../../ports/certificate-issuer.ts";
import { runFromStart } from "../run-from-start.ts";
import type { ScenarioOutcome } from "../run-scenario.ts";
import { NotReady, warmUp, type WarmUpOptions } from "../warm-up.ts";
import { WarmClusters, type WarmStart } from "../warm-start.ts";
import type { Explored } from "./explore-placements.ts";
import { choosing, type TieChoices } from "./placement.ts";

/** Plain data: another thread gets it as a message. */
export interface PlacementTask {
  /** Zero is the seed's. */
  placement: number;
  choices: TieChoices;
  scenarios: readonly Scenario[];
}

export interface PlacementResult {
  /** In the order of the scenarios; fewer where it was interrupted. */
  outcomes: readonly ScenarioOutcome[];
  /** Why its scenarios ran on the seed's placement: with its own the homelab does not come up. */
  notReady?: string;
}

export interface PlacementRunnerOptions extends WarmUpOptions {
  homelab: Homelab;
  certificates: CertificateIssuer;
  log(line: string): void;
  /** Waited for before each scenario. */
  breathe?(scenario: Scenario): Promise<void>;
}

interface BroughtUp {
  choices: TieChoices;
  /** Undefined where it was interrupted, or is not ready. */
  clusters: WarmClusters | undefined;
  notReady?: string;
}

export class PlacementRunner {
  readonly #options: PlacementRunnerOptions;
  readonly #seeds: WarmClusters;
  /** The last one that was brought up. */
  #other: BroughtUp | undefined;

  constructor(options: PlacementRunnerOptions, start: WarmStart) {
    this.#options = options;
    this.#seeds = this.#clustersFrom(start);
  }

  async run({ placement, choices, scenarios }: PlacementTask): Promise<PlacementResult> {
    const { homelab, breathe, isStopped } = this.#options;
    if (placement !== 0 && this.#other?.choices !== choices) this.#other = await this.#bringUp(choices);
    const other = placement === 0 ? undefined : this.#other;
    const outcomes: ScenarioOutcome[] = [];
    for (const scenario of scenarios) {
      await breathe?.(scenario);
      if (isStopped()) break;
      const outcome = runFromStart(other?.clusters ?? this.#seeds, homelab, scenario);
      outcomes.push(other?.clusters === undefined ? outcome : { ...outcome, apps: outcome.apps.map((app) => ({ ...app, placement })) });
    }
    return { outcomes, ...(other?.notReady === undefined ? {} : { notReady: other.notReady }) };
  }

  async #bringUp(choices: TieChoices): Promise<BroughtUp> {
    try {
      const up = await warmUp(this.#options, choosing(choices));
      return { choices, clusters: up === undefined ? undefined : this.#clustersFrom(up.start) };
    } catch (error) {
      if (!(error instanceof NotReady)) throw error;
      return { choices, clusters: undefined, notReady: error.message };
    }
  }

  #clustersFrom(start: WarmStart): WarmClusters {
    const { homelab, certificates, log } = this.#options;
    return new WarmClusters(homelab, start, certificates, log);
  }
}

/** The scenarios of each placement together, so that it comes up once; those of the seed's, which is at hand, one by one. */
export function placementTasks({ placements, on }: Explored, scenarios: readonly Scenario[]): PlacementTask[] {
  const tasks = placements.map(({ choices }, placement): PlacementTask => ({ placement, choices, scenarios: scenarios.filter((_scenario, index) => on[index]!.includes(placement)) }));
  // What takes long begins first.
  return [...tasks.slice(1), ...tasks[0]!.scenarios.map((scenario) => ({ ...tasks[0]!, scenarios: [scenario] }))].filter((task) => task.scenarios.length > 0);
}
