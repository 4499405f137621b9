/** Every loss that a homelab can have, tried one after the other on clusters that begin alike. */
import type { Homelab } from "../../config/homelab.ts";
import type { CertificateIssuer } from "../../ports/certificate-issuer.ts";
import type { Clock } from "../../ports/clock.ts";
import { seededRandom } from "../../lib/seeded-random.ts";
import { everyFault } from "../../scenarios/every-fault.ts";
import { randomWalks } from "../../scenarios/random-walk.ts";
import { degradedPairsOf, type Scenario, losing, losingOneByOne, lossesOf, pairsOf } from "../../scenarios/scenario.ts";
import { faultTargetsOf } from "./fault-targets.ts";
import { withMachineFor } from "./alike.ts";
import { withoutCovered } from "./covered.ts";
import { addByHand } from "./by-hand.ts";
import { type ChosenPlacement, type Explored, explorePlacements, seedAlone, UP_COST } from "./placements/explore-placements.ts";
import { mergeRuns } from "./placements/merge-runs.ts";
import { bringUp, type PlacementResult, PlacementRunner, type PlacementTask, placementTasks, type PlacementUp } from "./placements/run-on-placement.ts";
import { judge, type Judged } from "./verdict.ts";
import type { ScenarioOutcome } from "./run-scenario.ts";
import type { WarmStart } from "./warm-start.ts";
import { warmUp, type WarmedUp, type WarmUpOptions } from "./warm-up.ts";

export interface ProofOptions extends WarmUpOptions {
  homelab: Homelab;
  faults: FaultSet;
  placements: Placements;
  certificates: CertificateIssuer;
  clock: Clock;
  log(line: string): void;
  /** Threads to run scenarios in: as many as there are processors for beside `busyCount` threads, and at most so many. */
  threads?(start: WarmStart, countMax: number, busyCount: number): ScenarioThread[];
  onProgress(done: number, total: number, scenario: Scenario): void;
}

/** `single`: losses of one element each. `pairs`: all pairs of these as well. `degraded`: one that stays away, then one more. `all`: every kind of fault, once for each of its targets. `random`: faults that come and go by chance. */
export type FaultSet = "single" | "pairs" | "degraded" | "all" | "random";

/** `worst`: for each loss, at about twice the price of one. `all`: for each loss and app, whatever it costs. A number: that one alone; zero is the seed's. */
export type Placements = "worst" | "all" | number;

export interface ScenarioThread {
  run(task: PlacementTask): Promise<PlacementResult>;
  close(): Promise<void>;
}

export interface Proof {
  /** One for each scenario, each app as it was worst. */
  outcomes: ScenarioOutcome[];
  /** One for each scenario and placement that it ran on. */
  runs: ScenarioOutcome[];
  ties: ProvedTies;
  judged: Judged[];
  counts: ScenarioCounts;
}

export interface ScenarioCounts {
  run: number;
  /** Those whose outcome is that of another one that was run, as nothing tells them apart. */
  shared: number;
  /** Pairs that were left out: two losses of one machine, where one makes the other nothing. */
  skipped: number;
}

/** What chance could have had otherwise when the homelab came up, and how much of that was proved. */
export interface ProvedTies extends Pick<Explored, "tiedCount" | "pairCount" | "leftOutCount" | "isTooLarge"> {
  asked: Placements;
  /** The first is the seed's. */
  placements: readonly (Pick<ChosenPlacement, "moved"> & { scenarioCount: number; notReady: string | undefined })[];
}

/** `--placements 7` of a homelab that has fewer. */
export class NoSuchPlacement extends Error {
  constructor(asked: number, count: number) {
    super(`there is no placement ${asked}: ${count === 1 ? "only 0, the seed's" : `they are 0, the seed's, to ${count - 1}`}`);
  }
}

/** With fewer, a thread takes longer to start than it saves. */
const SCENARIOS_PER_THREAD_MIN = 15;
/** From so many on, this thread leaves them all to others. */
const SCENARIOS_APART_MIN = 100;

/** Walks of a random proof: half a minute of one processor for a small home. */
const WALKS_COUNT = 20;

export function scenariosOf(homelab: Homelab, faults: FaultSet, seed = ""): Scenario[] {
  if (faults === "random") return randomWalks(everyFault(faultTargetsOf(homelab)).flatMap((each) => (each.length === 1 ? each : [])), seededRandom(seed), WALKS_COUNT);
  if (faults === "all") return everyFault(faultTargetsOf(homelab)).map((each) => losing(each));
  const losses = lossesOf({ machines: Object.keys(homelab.machines), siteParts: Object.keys(homelab.site) });
  const promisesTwo = Object.values(homelab.apps).some(({ promise }) => promise?.survives.some(({ kind }) => kind === "two-machines"));
  // Who promises to survive two machines is held to it, also where pairs were not asked for.
  const ofMachines = losses.filter(({ target }) => homelab.machines[target] !== undefined);
  const pairs = faults === "pairs" ? pairsOf(losses) : promisesTwo ? pairsOf(ofMachines) : [];
  const degraded = faults === "degraded" ? degradedPairsOf(losses) : promisesTwo ? degradedPairsOf(ofMachines) : [];
  return [...losses.map((fault) => losing([fault])), ...pairs.map((each) => losing(each)), ...degraded.map((each) => losingOneByOne(each))];
}

function skippedCount(homelab: Homelab, faults: ProofOptions["faults"]): number {
  if (faults !== "pairs") return 0;
  const losses = lossesOf({ machines: Object.keys(homelab.machines), siteParts: Object.keys(homelab.site) });
  return (losses.length * (losses.length - 1)) / 2 - pairsOf(losses).length;
}

/** Undefined when it was interrupted. Throws `NotReady`, `NoSuchPlacement`. */
export async function prove(options: ProofOptions): Promise<Proof | undefined> {
  const { isStopped, clock } = options;
  const all = triedScenarios(options.homelab, scenariosOf(options.homelab, options.faults, options.seed));
  const scenarios = all.flatMap(({ scenario, sharedWith }) => (sharedWith === undefined ? [scenario] : []));
  const begun = await begin(options, scenarios);
  if (begun === undefined) return undefined;
  const { start, explored } = begun;
  const twins = twinsOf(options.homelab, scenarios, explored);
  const isRun = (_: unknown, index: number): boolean => !twins.has(scenarios[index]!.name);
  const on = explored.on.filter(isRun);
  const runCount = on.reduce((sum, placements) => sum + placements.length, 0);
  const cost = runCount + UP_COST * (explored.placements.length - 1);
  // This thread knows the way already, having brought the cluster up; for many scenarios that is less than what threads gain, whose memory is laid out for them.
  const isBusy = cost < SCENARIOS_APART_MIN;
  const threads = options.threads?.(start, Math.floor(cost / SCENARIOS_PER_THREAD_MIN), isBusy ? 1 : 0) ?? [];
  // Otherwise it brings up other placements while the threads run what begins at the seed's.
  const isAside = !isBusy && threads.length > 0;
  const tasks = placementTasks({ ...explored, on }, scenarios.filter(isRun), isAside);
  const ups = new Map<number, Promise<PlacementUp | undefined>>();
  const upOf = ({ placement, choices }: PlacementTask): Promise<PlacementUp | undefined> => {
    const known = ups.get(placement) ?? bringUp(options, choices);
    ups.set(placement, known);
    return known;
  };
  const withUp = async (task: PlacementTask): Promise<PlacementTask> => {
    if (!isAside || task.placement === 0) return task;
    const up = await upOf(task);
    return up === undefined ? { ...task, scenarios: [] } : { ...task, up };
  };
  if (isAside) void bringUpAll(tasks, upOf);
  const results: PlacementResult[] = [];
  let taken = 0;
  let done = 0;
  // In this thread, with a breath before each scenario: for an interruption, and for what other threads have to say.
  const own = new PlacementRunner(
    {
      ...options,
      breathe: async (scenario) => {
        options.onProgress(done, runCount, scenario);
        await new Promise<void>((resolve) => void clock.after(0, resolve));
      },
    },
    start,
  );
  const work = async (run: (task: PlacementTask) => Promise<PlacementResult>): Promise<void> => {
    while (taken < tasks.length && !isStopped()) {
      const index = taken++;
      const task = tasks[index]!;
      options.onProgress(done, runCount, task.scenarios[0]!);
      results[index] = await run(await withUp(task));
      done += task.scenarios.length;
    }
  };
  try {
    // Two at a time for each thread, so that it never waits for the next one.
    const mine = isAside ? [] : [work((task) => own.run(task))];
    await Promise.all([...mine, ...threads.flatMap((thread) => [work((task) => thread.run(task)), work((task) => thread.run(task))])]);
  } finally {
    // Where one thread has failed, the others have nothing more to do.
    taken = tasks.length;
    await Promise.all(threads.map((thread) => thread.close()));
  }
  if (isStopped()) return undefined;
  const proof = proofOf(options, explored, all.map((one) => ({ ...one, sharedWith: twins.get(one.sharedWith ?? one.scenario.name) ?? one.sharedWith })), tasks, results);
  await addByHand(options.homelab, proof.judged, async (scenario, placement) => {
    const task = await withUp({ placement, choices: explored.placements[placement]!.choices, scenarios: [scenario] });
    return task.scenarios.length === 0 ? undefined : (await own.run(task)).outcomes[0];
  });
  return isStopped() ? undefined : proof;
}

/** Of those that were run one by one it is known when each began. */
function atTimesOf(scenario: Scenario, { scenario: { steps } }: ScenarioOutcome): Scenario {
  return steps.length !== scenario.steps.length ? scenario : { ...scenario, steps: scenario.steps.map((step, index) => ({ ...step, atMs: steps[index]!.atMs })) };
}

/** One after the other, before they are asked for; what goes wrong is told to whoever asks. */
async function bringUpAll(tasks: readonly PlacementTask[], upOf: (task: PlacementTask) => Promise<unknown>): Promise<void> {
  for (const placement of new Set(tasks.map((task) => task.placement))) {
    if (placement !== 0) await upOf(tasks.find((task) => task.placement === placement)!).catch(() => undefined);
  }
}

interface TriedScenario {
  scenario: Scenario;
  /** The name of one that takes the same away, and is run for both. */
  sharedWith: string | undefined;
}

function triedScenarios(homelab: Homelab, scenarios: readonly Scenario[]): TriedScenario[] {
  const known = new Set(scenarios.map(({ name }) => name));
  return scenarios.map((scenario) => {
    const whole = withoutCovered(homelab, scenario).name;
    return { scenario, sharedWith: whole !== scenario.name && known.has(whole) ? whole : undefined };
  });
}

/** By name, those that another one is by another name, and that one's. Placements are looked for and counted as if all were run, so that they are the same. */
function twinsOf(homelab: Homelab, scenarios: readonly Scenario[], { on }: Explored): Map<string, string> {
  const placements = new Map(scenarios.map(({ name }, index) => [name, on[index]!.join()]));
  const pairs = scenarios.map((scenario): [string, string] => [scenario.name, withMachineFor(homelab, scenario).name]);
  return new Map(pairs.filter(([name, twin]) => twin !== name && placements.get(twin) === placements.get(name)));
}

/** The seed's placement, and which others there are to look at; of the cluster that shows it nothing more is kept. */
async function begin(options: ProofOptions, scenarios: readonly Scenario[]): Promise<{ start: WarmStart; explored: Explored } | undefined> {
  const up = await warmUp(options);
  return up === undefined ? undefined : { start: up.start, explored: exploredFor(options, scenarios, up) };
}

function exploredFor({ homelab, faults, placements, seed }: ProofOptions, scenarios: readonly Scenario[], { client, placed }: WarmedUp): Explored {
  // What walks take away is never gone at one time.
  if (placements === 0 || faults === "random") return seedAlone(placed, scenarios);
  const explored = explorePlacements({ homelab, scenarios, client, placed, seed, isUnbounded: placements === "all" });
  if (typeof placements !== "number") return explored;
  if (explored.placements[placements] === undefined) throw new NoSuchPlacement(placements, explored.placements.length);
  return { ...explored, on: scenarios.map(() => [placements]) };
}

/** The same whoever ran what: in the order of the scenarios, and of the placements for each. */
function proofOf({ homelab, faults, placements }: ProofOptions, explored: Explored, all: readonly TriedScenario[], tasks: readonly PlacementTask[], results: readonly PlacementResult[]): Proof {
  const ran = tasks.flatMap(({ placement }, index) => results[index]!.outcomes.map((outcome) => ({ placement, outcome }))).toSorted((a, b) => a.placement - b.placement);
  const byName = new Map<string, ScenarioOutcome[]>();
  for (const { outcome } of ran) byName.set(outcome.scenario.name, [...(byName.get(outcome.scenario.name) ?? []), outcome]);
  const byScenario = all.map(({ scenario, sharedWith }) => byName.get(sharedWith ?? scenario.name)!.map((outcome): ScenarioOutcome => (sharedWith === undefined ? outcome : { ...outcome, scenario: atTimesOf(scenario, outcome) })));
  const runs = byScenario.flat();
  // What a walk goes through is more than any promise speaks of.
  const judged = faults === "random" ? [] : judge(homelab, runs);
  const { tiedCount, pairCount, leftOutCount, isTooLarge } = explored;
  return {
    outcomes: byScenario.map((each) => mergeRuns(each, judged)),
    runs,
    judged,
    counts: { run: byName.size, shared: all.length - byName.size, skipped: skippedCount(homelab, faults) },
    ties: {
      asked: faults === "random" ? 0 : placements,
      tiedCount,
      pairCount,
      leftOutCount,
      isTooLarge,
      placements: explored.placements.map(({ moved }, placement) => ({ moved, scenarioCount: ran.filter((one) => one.placement === placement).length, notReady: results.find((result, index) => tasks[index]!.placement === placement && result.notReady !== undefined)?.notReady })),
    },
  };
}
