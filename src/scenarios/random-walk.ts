/** Faults that come and go by chance, several at a time, from one seed: what nobody thought of. What is still broken at the end is given back, as in any scenario. */
import type { Random } from "../lib/seeded-random.ts";
import { type Fault, FAULTS } from "./fault.ts";
import type { Scenario, ScenarioStep } from "./scenario.ts";

/** Each begins one fault, or ends one. */
const STEPS_COUNT = 6;
/** More at once is another home. */
const OPEN_COUNT_MAX = 3;
/** Between two steps: within what the cluster notices, and beyond all that it waits for. */
const GAP_MINUTES_MIN = 1;
const GAP_MINUTES_MAX = 12;
const MINUTE_MS = 60_000;

/** `faults`: one of them at least. The same seed gives the same walks, and a walk does not change with their number. */
export function randomWalks(faults: readonly Fault[], random: Random, count: number): Scenario[] {
  const names = Array.from({ length: count }, (_, index) => `walk ${index + 1}`);
  return names.map((name) => ({ name, title: name, steps: walk(faults, random.fork(name)) }));
}

function walk(faults: readonly Fault[], random: Random): ScenarioStep[] {
  const steps: ScenarioStep[] = [];
  let open: Fault[] = [];
  let atMs = 0;
  for (let count = 0; count < STEPS_COUNT; count++) {
    const free = faults.filter(({ target }) => !open.some((other) => other.target === target));
    const isEnd = open.length > 0 && (open.length === OPEN_COUNT_MAX || free.length === 0 || random.below(STEPS_COUNT) < open.length * 2);
    const fault = isEnd ? open[random.below(open.length)]! : free[random.below(free.length)]!;
    steps.push({ atMs, fault, does: isEnd ? "end" : "begin" });
    if (isEnd) open = open.filter((other) => other !== fault);
    else if (FAULTS[fault.id].isMoment !== true) open.push(fault);
    atMs += (GAP_MINUTES_MIN + random.below(GAP_MINUTES_MAX)) * MINUTE_MS;
  }
  return steps;
}
