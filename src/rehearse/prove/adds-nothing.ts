/** Two losses that are no worse for an app than one of them alone, or one after the other no worse than both at once: what there is to know of them was said there. */
import { faultText } from "../../scenarios/fault.ts";
import { losing, type Scenario } from "../../scenarios/scenario.ts";
import type { AppOutcome, ScenarioOutcome } from "./run-scenario.ts";
import { badness, FELT_MS_MIN } from "./verdict.ts";

/** `outcomes`: those to be compared with among them. */
export function addingNothing(app: string, outcomes: readonly ScenarioOutcome[]): ReadonlySet<Scenario> {
  const known = new Map(outcomes.map((outcome) => [outcome.scenario.name, outcome]));
  const adding = outcomes.filter(({ scenario: { steps, isOneByOne } }) => steps.length > 1 && steps.every(({ atMs, does }) => (atMs === 0 || isOneByOne === true) && does === "begin"));
  return new Set(adding.filter((outcome) => within(outcome.scenario).some((name) => isNoWorse(app, outcome, known.get(name)))).map(({ scenario }) => scenario));
}

/** By their names: what a scenario of several losses is compared with. */
function within({ steps, isOneByOne }: Scenario): string[] {
  const faults = steps.map(({ fault }) => fault);
  return [...faults.map(faultText), ...(isOneByOne === true ? [losing(faults).name, losing(faults.toReversed()).name] : [])];
}

function isNoWorse(app: string, both: ScenarioOutcome, one: ScenarioOutcome | undefined): boolean {
  if (one === undefined) return false;
  const [mine, before] = [both, one].map(({ apps }) => apps.find((each) => each.app === app)!) as [AppOutcome, AppOutcome];
  return (
    badness(both, mine) <= badness(one, before) + FELT_MS_MIN &&
    (mine.recoveryMs ?? Number.POSITIVE_INFINITY) <= (before.recoveryMs ?? Number.POSITIVE_INFINITY) + FELT_MS_MIN &&
    shareOf(mine) >= shareOf(before) &&
    mine.lost.every(({ what, extent }) => before.lost.some((each) => each.what === what && each.extent === extent)) &&
    // Where the cluster is made anew nothing is given back, and all that was lost is unwell.
    (one.isStateLost || both.unwell.every((name) => one.unwell.includes(name)))
  );
}

/** The least share of requests that was answered. */
const shareOf = ({ outages, recoveryOutages }: AppOutcome): number => Math.min(1, ...[...outages, ...recoveryOutages].map(({ shareMin }) => shareMin));
