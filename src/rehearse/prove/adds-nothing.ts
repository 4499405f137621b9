/** Two losses at once that are no worse for an app than one of them alone: what there is to know of them was said of that one. */
import { faultText } from "../../scenarios/fault.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import type { AppOutcome, ScenarioOutcome } from "./run-scenario.ts";
import { badness, FELT_MS_MIN } from "./verdict.ts";

/** The scenarios in which an app comes through no worse than with a single one of its losses. `outcomes`: those of the single losses among them. */
export function addingNothing(app: string, outcomes: readonly ScenarioOutcome[]): ReadonlySet<Scenario> {
  const alone = new Map(outcomes.filter(({ scenario }) => scenario.steps.length === 1).map((outcome) => [outcome.scenario.name, outcome]));
  const adding = outcomes.filter(({ scenario: { steps } }) => steps.length > 1 && steps.every(({ atMs, does }) => atMs === 0 && does === "begin"));
  return new Set(adding.filter((outcome) => outcome.scenario.steps.some(({ fault }) => isNoWorse(app, outcome, alone.get(faultText(fault))))).map(({ scenario }) => scenario));
}

function isNoWorse(app: string, both: ScenarioOutcome, one: ScenarioOutcome | undefined): boolean {
  if (one === undefined) return false;
  const [mine, before] = [both, one].map(({ apps }) => apps.find((each) => each.app === app)!) as [AppOutcome, AppOutcome];
  return (
    badness(both, mine) <= badness(one, before) + FELT_MS_MIN &&
    (mine.recoveryMs ?? Number.POSITIVE_INFINITY) <= (before.recoveryMs ?? Number.POSITIVE_INFINITY) + FELT_MS_MIN &&
    shareOf(mine) >= shareOf(before) &&
    mine.lost.every(({ what, extent }) => before.lost.some((each) => each.what === what && each.extent === extent)) &&
    both.unwell.every((name) => one.unwell.includes(name))
  );
}

/** The least share of requests that was answered. */
const shareOf = ({ outages, recoveryOutages }: AppOutcome): number => Math.min(1, ...[...outages, ...recoveryOutages].map(({ shareMin }) => shareMin));
