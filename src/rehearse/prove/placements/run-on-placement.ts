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
  /** Where another thread has brought it up, what came of that. Once given it holds for the tasks of the same placement that follow. */
  up?: PlacementUp;
}

/** Plain data. */
export type PlacementUp = { start: WarmStart } | { notReady: string };

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
  placement: number;
  /** Undefined where it was interrupted, or is not ready. */
  clusters: WarmClusters | undefined;
  notReady?: string;
}

/** Undefined where it was interrupted. */
export async function bringUp(options: WarmUpOptions, choices: TieChoices): Promise<PlacementUp | undefined> {
  try {
    const up = await warmUp(options, choosing(choices));
    return up && { start: up.start };
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    return { notReady: error.message };
  }
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

  async run({ placement, choices, scenarios, up }: PlacementTask): Promise<PlacementResult> {
    const { homelab, breathe, isStopped } = this.#options;
    // By its number: from another thread the same choices come as other objects each time.
    if (placement !== 0 && this.#other?.placement !== placement) this.#other = this.#broughtUp(placement, up ?? (await bringUp(this.#options, choices)));
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

  #broughtUp(placement: number, up: PlacementUp | undefined): BroughtUp {
    if (up === undefined) return { placement, clusters: undefined };
    return "notReady" in up ? { placement, clusters: undefined, notReady: up.notReady } : { placement, clusters: this.#clustersFrom(up.start) };
  }

  #clustersFrom(start: WarmStart): WarmClusters {
    const { homelab, certificates, log } = this.#options;
    return new WarmClusters(homelab, start, certificates, log);
  }
}

/** So few that no thread waits long for the last of another; where each brings up what it needs, several times what that takes. */
const [TASK_SCENARIOS_MAX, OWN_TASK_SCENARIOS_MAX] = [6, 24];

/**
 * The scenarios of each placement after each other, so that a thread brings it up once; those of the seed's, which is at hand, one by one.
 * `seedFirst`: others are brought up while those are run; else what takes long begins first.
 */
export function placementTasks({ placements, on }: Explored, scenarios: readonly Scenario[], seedFirst: boolean): PlacementTask[] {
  const others = [...placements.keys()].slice(1);
  return (seedFirst ? [0, ...others] : [...others, 0]).flatMap((placement) => {
    const { choices } = placements[placement]!;
    const own = scenarios.filter((_scenario, index) => on[index]!.includes(placement));
    return chunked(own, placement === 0 ? 1 : seedFirst ? TASK_SCENARIOS_MAX : OWN_TASK_SCENARIOS_MAX).map((each): PlacementTask => ({ placement, choices, scenarios: each }));
  });
}

function chunked<T>(all: readonly T[], countMax: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / countMax) }, (_, index) => all.slice(index * countMax, (index + 1) * countMax));
}
