/**
 * Changes of the file that keep a promise which it breaks. Each is tried on a cluster of the changed file: first in the scenario that decided, then in all that the
 * promise speaks of. Where one change mends that scenario and another one decides then, the search goes on from there.
 */
import type { Homelab } from "../../../config/homelab.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import type { CertificateIssuer } from "../../../ports/certificate-issuer.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { TieBreak } from "../../../sim/scheduler/tie-break.ts";
import { explorePlacements, seedAlone } from "../placements/explore-placements.ts";
import { PlacementRunner, placementTasks } from "../placements/run-on-placement.ts";
import type { Placements } from "../prove.ts";
import type { ScenarioOutcome } from "../run-scenario.ts";
import { compareJudged, covers, judgeOne, type Judged } from "../verdict.ts";
import { NotReady, warmUp, type WarmUpOptions } from "../warm-up.ts";
import type { AdviceContext, AdviceRule, Proposal } from "./advice-rule.ts";
import { ADVICE_RULES } from "./rules.ts";

export interface AdviceOptions extends Omit<WarmUpOptions, "newRehearsal"> {
  homelab: Homelab;
  certificates: CertificateIssuer;
  clock: Clock;
  log(line: string): void;
  /** Those of the proof: of a changed file either the worst are looked for, or the seed's is taken. */
  placements: Placements;
  /** The file as if it said this, in the words of `--what-if`; undefined where it would be invalid. */
  changed(changes: readonly string[]): Promise<Homelab | undefined>;
  newRehearsal(homelab: Homelab, ties: TieBreak): ReturnType<WarmUpOptions["newRehearsal"]>;
  /** Those of the proof. */
  scenariosOf(homelab: Homelab): readonly Scenario[];
  /** All that are known, unless given. */
  rules?: readonly AdviceRule[];
  /** A proposal is being tried. */
  onTry(text: string): void;
}

export interface Advice {
  app: string;
  survives: string;
  /** In the order in which they were found; empty where nothing helped. */
  changes: readonly string[];
  texts: readonly string[];
  /** With all of them. */
  judged: Judged;
  /** Clusters that were brought up for it. */
  triedCount: number;
}

/** More than four changes are another homelab. */
const CHANGES_COUNT_MAX = 4;

interface Found {
  homelab: Homelab;
  judged: Judged;
  changes: readonly string[];
  texts: readonly string[];
}

/** Undefined when it was interrupted. */
export async function advise(options: AdviceOptions, judged: Judged): Promise<Advice | undefined> {
  let best: Found = { homelab: options.homelab, judged, changes: [], texts: [] };
  let triedCount = 0;
  while (best.judged.verdict !== "kept" && best.texts.length < CHANGES_COUNT_MAX) {
    let next: Found | undefined;
    for (const proposal of proposalsFor(best, options.rules ?? ADVICE_RULES)) {
      for (const way of proposal.ways) {
        if (options.isStopped()) return undefined;
        const changes = [...best.changes, ...way];
        const homelab = await options.changed(changes);
        if (homelab === undefined) continue;
        options.onTry([...best.texts, proposal.text].join("; "));
        triedCount++;
        const result = await judgedWith(options, homelab, best.judged);
        if (result !== undefined) next = { homelab, judged: result, changes, texts: [...best.texts, proposal.text] };
        // Another way of writing the same would do the same.
        break;
      }
      if (next !== undefined) break;
    }
    if (next === undefined) break;
    best = next;
  }
  const { app, survives } = judged;
  // From one that is as bad to the next that is: nothing came of it.
  if (compareJudged(best.judged, judged) >= 0) return { app, survives, changes: [], texts: [], judged, triedCount };
  return { app, survives, changes: best.changes, texts: best.texts, judged: best.judged, triedCount };
}

function proposalsFor({ homelab, judged }: Found, rules: readonly AdviceRule[]): Proposal[] {
  const app = homelab.apps[judged.app]!;
  const { outages, recoveryOutages, lost } = judged.worst!.app;
  const cause = [judged.worst!.why, ...[...outages, ...recoveryOutages].flatMap(({ why }) => why.map(({ text }) => text)), ...lost.map(({ what, why }) => `${what}: ${why}`)].join("\n");
  const context: AdviceContext = { homelab, app, judged, cause };
  return rules.flatMap((rule) => rule.propose(context));
}

/** The promise on the changed file, where that mends the scenario that decided before; undefined where it does not, or the file is not even ready. */
async function judgedWith(options: AdviceOptions, homelab: Homelab, before: Judged): Promise<Judged | undefined> {
  const ways = { ...options, homelab, newRehearsal: (ties: TieBreak) => options.newRehearsal(homelab, ties), breathe: () => new Promise<void>((resolve) => void options.clock.after(0, resolve)) };
  const up = await warmUp(ways).catch((error: unknown) => {
    if (error instanceof NotReady) return undefined;
    throw error;
  });
  if (up === undefined) return undefined;
  const app = homelab.apps[before.app]!;
  const survival = app.promise!.survives.find((one) => judgeOne(homelab, app, one, []).survives === before.survives)!;
  const judge = (outcomes: readonly ScenarioOutcome[]): Judged => judgeOne(homelab, app, survival, outcomes);
  const decided = before.worst!.outcome.scenario;
  const runner = new PlacementRunner(ways, up.start);
  const runAll = async (scenarios: readonly Scenario[], isUnbounded: boolean): Promise<ScenarioOutcome[]> => {
    const explored = options.placements === 0 ? seedAlone(up.placed, scenarios) : explorePlacements({ homelab, scenarios, client: up.client, placed: up.placed, seed: options.seed, apps: [app.name], isUnbounded });
    const outcomes: ScenarioOutcome[] = [];
    for (const task of placementTasks(explored, scenarios, false)) outcomes.push(...(await runner.run(task)).outcomes);
    return outcomes;
  };
  // What does not mend the one that decided, wherever pods stand in it, needs no further look.
  const first = await runAll([decided], true);
  if (options.isStopped() || compareJudged(judge(first), before) >= 0) return undefined;
  const others = options.scenariosOf(homelab).filter((scenario) => scenario.name !== decided.name && covers(homelab, survival, scenario.steps.map(({ fault }) => fault.target)));
  const outcomes = [...first, ...(await runAll(others, options.placements === "all"))];
  if (options.isStopped()) return undefined;
  const after = judge(outcomes);
  // What mends one scenario and makes another worse is no help; another that is as bad is looked at next.
  return compareJudged(after, before) <= 0 ? after : undefined;
}
