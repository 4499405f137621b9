/** One scenario that ran on several placements, as one outcome: each app as it was worst. */
import type { ScenarioOutcome } from "../run-scenario.ts";
import { badness, type Judged } from "../verdict.ts";

/** `runs`: of one scenario, at least one, the seed's placement first. What decided about a promise is shown as it was. */
export function mergeRuns(runs: readonly ScenarioOutcome[], judged: readonly Judged[]): ScenarioOutcome {
  const first = runs[0]!;
  if (runs.length === 1) return first;
  const worstOf = (app: string): ScenarioOutcome["apps"][number] => {
    const passed = runs.map((outcome) => ({ outcome, mine: outcome.apps.find((one) => one.app === app)! }));
    const decided = passed.find(({ mine }) => judged.some(({ worst }) => worst?.app === mine));
    return (decided ?? passed.reduce((worst, each) => (badness(each.outcome, each.mine) > badness(worst.outcome, worst.mine) ? each : worst))).mine;
  };
  return {
    ...first,
    faultMs: Math.max(...runs.map(({ faultMs }) => faultMs)),
    recoveryMs: Math.max(...runs.map(({ recoveryMs }) => recoveryMs)),
    unwell: [...new Set(runs.flatMap(({ unwell }) => unwell))],
    apps: first.apps.map(({ app }) => worstOf(app)),
  };
}
