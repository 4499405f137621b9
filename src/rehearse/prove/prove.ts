/** Every loss that a homelab can have, tried one after the other on clusters that begin alike. */
import type { Homelab } from "../../config/homelab.ts";
import { type Scenario, losing, lossesOf, pairsOf } from "../../scenarios/scenario.ts";
import type { Outcome, Rehearsal } from "../rehearsal.ts";
import { judge, type Judged } from "./verdict.ts";
import { runScenario, type ScenarioOutcome } from "./run-scenario.ts";

export interface ProofOptions {
  homelab: Homelab;
  /** Losses of one element each, or all pairs of these as well. */
  faults: "single" | "pairs";
  /** A cluster that can break, not settled yet. */
  newRehearsal(): Rehearsal;
  onProgress(done: number, total: number, scenario: Scenario): void;
  isStopped(): boolean;
}

export interface Proof {
  outcomes: ScenarioOutcome[];
  judged: Judged[];
}

/** A cluster that is not ready without any fault proves nothing. */
export class NotReady extends Error {
  readonly outcome: Extract<Outcome, { isReady: false }>;
  constructor(outcome: Extract<Outcome, { isReady: false }>) {
    super(outcome.why);
    this.outcome = outcome;
  }
}

/** After all is ready, leases, first reports and last restarts come to rest too. */
const SETTLE_MS = 60_000;

export function scenariosOf(homelab: Homelab, faults: ProofOptions["faults"]): Scenario[] {
  const losses = lossesOf({ machines: Object.keys(homelab.machines), siteParts: Object.keys(homelab.site) });
  const promisesTwo = Object.values(homelab.apps).some(({ promise }) => promise?.survives.some(({ kind }) => kind === "two-machines"));
  // Who promises to survive two machines is held to it, also where pairs were not asked for.
  const pairs = faults === "pairs" ? pairsOf(losses) : promisesTwo ? pairsOf(losses.filter(({ target }) => homelab.machines[target] !== undefined)) : [];
  return [...losses.map((fault) => [fault]), ...pairs].map((each) => losing(each));
}

/** Undefined when it was interrupted. Throws `NotReady`. */
export async function prove(options: ProofOptions): Promise<Proof | undefined> {
  const { homelab } = options;
  const scenarios = scenariosOf(homelab, options.faults);
  const outcomes: ScenarioOutcome[] = [];
  for (const scenario of scenarios) {
    options.onProgress(outcomes.length, scenarios.length, scenario);
    const rehearsal = options.newRehearsal();
    const ready = await rehearsal.settle(options.isStopped);
    if (options.isStopped()) return undefined;
    if (!ready.isReady) throw new NotReady(ready);
    rehearsal.cluster.run(SETTLE_MS);
    outcomes.push(runScenario(rehearsal, homelab, scenario));
    await rehearsal.close();
  }
  return { outcomes, judged: judge(homelab, outcomes) };
}
