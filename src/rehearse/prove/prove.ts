/** Every loss that a homelab can have, tried one after the other on clusters that begin alike. */
import type { Homelab } from "../../config/homelab.ts";
import type { CertificateIssuer } from "../../ports/certificate-issuer.ts";
import type { Clock } from "../../ports/clock.ts";
import { seededRandom } from "../../lib/seeded-random.ts";
import { everyFault } from "../../scenarios/every-fault.ts";
import { randomWalks } from "../../scenarios/random-walk.ts";
import { type Scenario, losing, lossesOf, pairsOf } from "../../scenarios/scenario.ts";
import { faultTargetsOf } from "./fault-targets.ts";
import type { Outcome, Rehearsal } from "../rehearsal.ts";
import { withoutCovered } from "./covered.ts";
import { judge, type Judged } from "./verdict.ts";
import { runScenario, type ScenarioOutcome } from "./run-scenario.ts";
import { WarmClusters, type WarmStart, warmStartOf } from "./warm-start.ts";

export interface WarmUpOptions {
  /** A cluster that can break, not settled yet. It is asked for once. */
  newRehearsal(): Rehearsal;
  seed: string;
  certificates: CertificateIssuer;
  clock: Clock;
  log(line: string): void;
  isStopped(): boolean;
}

export interface ProofOptions extends WarmUpOptions {
  homelab: Homelab;
  faults: FaultSet;
  /** Threads to run scenarios in: as many as there are processors for beside `busyCount` threads, and at most so many. */
  threads?(start: WarmStart, countMax: number, busyCount: number): ScenarioThread[];
  onProgress(done: number, total: number, scenario: Scenario): void;
}

/** `single`: losses of one element each. `pairs`: all pairs of these as well. `all`: every kind of fault, once for each of its targets. `random`: faults that come and go by chance. */
export type FaultSet = "single" | "pairs" | "all" | "random";

export interface ScenarioThread {
  run(scenario: Scenario): Promise<ScenarioOutcome>;
  close(): Promise<void>;
}

export interface Proof {
  outcomes: ScenarioOutcome[];
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

/** A cluster that is not ready without any fault proves nothing. */
export class NotReady extends Error {
  readonly outcome: Extract<Outcome, { isReady: false }>;
  constructor(outcome: Extract<Outcome, { isReady: false }>) {
    super(outcome.why);
    this.outcome = outcome;
  }
}

/** After all is ready, leases, first reports and last restarts come to rest too. */
export const COME_TO_REST_MS = 60_000;
/** Control loops that have just started have seen everything, heartbeats included. */
const RESUME_MS = 20_000;
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
  const pairs = faults === "pairs" ? pairsOf(losses) : promisesTwo ? pairsOf(losses.filter(({ target }) => homelab.machines[target] !== undefined)) : [];
  return [...losses.map((fault) => [fault]), ...pairs].map((each) => losing(each));
}

function skippedCount(homelab: Homelab, faults: ProofOptions["faults"]): number {
  if (faults !== "pairs") return 0;
  const losses = lossesOf({ machines: Object.keys(homelab.machines), siteParts: Object.keys(homelab.site) });
  return (losses.length * (losses.length - 1)) / 2 - pairsOf(losses).length;
}

/** Undefined when it was interrupted. Throws `NotReady`. */
export async function prove(options: ProofOptions): Promise<Proof | undefined> {
  const { homelab, isStopped } = options;
  const all = scenariosOf(homelab, options.faults, options.seed);
  const whole = all.map((scenario) => withoutCovered(homelab, scenario).name);
  const known = new Set(all.map(({ name }) => name));
  const isShared = (index: number): boolean => whole[index] !== all[index]!.name && known.has(whole[index]!);
  const scenarios = all.filter((_, index) => !isShared(index));
  const start = await warmUp(options);
  if (start === undefined) return undefined;
  // This thread knows the way already, having brought the cluster up; for many scenarios that is less than what threads gain, whose memory is laid out for them.
  const isBusy = scenarios.length < SCENARIOS_APART_MIN;
  const threads = options.threads?.(start, Math.floor(scenarios.length / SCENARIOS_PER_THREAD_MIN), isBusy ? 1 : 0) ?? [];
  const outcomes: ScenarioOutcome[] = [];
  let taken = 0;
  let done = 0;
  const work = async (run: (scenario: Scenario) => Promise<ScenarioOutcome>): Promise<void> => {
    while (taken < scenarios.length && !isStopped()) {
      const index = taken++;
      const scenario = scenarios[index]!;
      options.onProgress(done, scenarios.length, scenario);
      outcomes[index] = await run(scenario);
      done++;
    }
  };
  try {
    // Two at a time for each thread, so that it never waits for the next one.
    const own = isBusy || threads.length === 0 ? [work(ownRunner(options, start))] : [];
    await Promise.all([...own, ...threads.flatMap((thread) => [work((scenario) => thread.run(scenario)), work((scenario) => thread.run(scenario))])]);
  } finally {
    // Where one thread has failed, the others have nothing more to do.
    taken = scenarios.length;
    await Promise.all(threads.map((thread) => thread.close()));
  }
  if (isStopped()) return undefined;
  const byName = new Map(outcomes.map((outcome) => [outcome.scenario.name, outcome]));
  const told = all.map((scenario, index): ScenarioOutcome => ({ ...byName.get(isShared(index) ? whole[index]! : scenario.name)!, scenario }));
  // What a walk goes through is more than any promise speaks of.
  const judged = options.faults === "random" ? [] : judge(homelab, told);
  return { outcomes: told, judged, counts: { run: outcomes.length, shared: told.length - outcomes.length, skipped: skippedCount(homelab, options.faults) } };
}

/** Where all scenarios begin; undefined when it was interrupted. Throws `NotReady`. */
export async function warmUp({ newRehearsal, isStopped, seed }: WarmUpOptions): Promise<WarmStart | undefined> {
  const rehearsal = newRehearsal();
  try {
    const ready = await rehearsal.settle(isStopped);
    if (isStopped()) return undefined;
    if (!ready.isReady) throw new NotReady(ready);
    rehearsal.cluster.run(COME_TO_REST_MS);
    return warmStartOf(rehearsal.cluster, seed);
  } finally {
    await rehearsal.close();
  }
}

/** In this thread, with a breath before each scenario: for an interruption, and for what other threads have to say. */
function ownRunner({ homelab, certificates, clock, log }: ProofOptions, start: WarmStart): (scenario: Scenario) => Promise<ScenarioOutcome> {
  const clusters = new WarmClusters(homelab, start, certificates, log);
  return async (scenario) => {
    await new Promise<void>((resolve) => void clock.after(0, resolve));
    return runFromStart(clusters, homelab, scenario);
  };
}

/** One scenario on a cluster of its own. */
export function runFromStart(clusters: WarmClusters, homelab: Homelab, scenario: Scenario): ScenarioOutcome {
  const place = clusters.next(scenario.steps.find(({ does }) => does === "begin")?.fault);
  place.cluster.run(RESUME_MS);
  return runScenario(place, homelab, scenario);
}
