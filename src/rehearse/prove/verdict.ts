/** What was promised, against what was seen: the worst scenario that a promise covers decides. */
import type { App, AppPromise, Homelab, Loss, Survival } from "../../config/homelab.ts";
import type { ProvedByHand } from "./by-hand.ts";
import type { LostData } from "./lost-data.ts";
import type { Outage } from "./outage-watch.ts";
import type { AppOutcome, ScenarioOutcome } from "./run-scenario.ts";

/**
 * `kept`: by itself, in time. `needs a human`: it does not come back by itself, but does once what was lost is given back. `broken`: too late, or more is lost than
 * was said, or it does not come back at all. `not tried`: no scenario was run that it speaks of.
 */
export type Verdict = "kept" | "needs a human" | "broken" | "not tried";

/** What a promise is broken by: more data is lost, it takes too long, it does not come back, or not by itself. */
export type Breaks = "data" | "time" | "return" | "human";

export interface Judged {
  app: string;
  /** As in the file: `one machine`. */
  survives: string;
  verdict: Verdict;
  /** The scenario that decided; undefined where none was run that the promise covers. */
  worst: { outcome: ScenarioOutcome; app: AppOutcome; why: string; breaks?: Breaks } | undefined;
  /** Scenarios that the promise covers. */
  scenarioCount: number;
  /** Where the app waits without end in the one that decided: what a person can do, and was seen to help. */
  byHand?: ProvedByHand;
}

/** How an app came through one scenario. */
export interface Passage {
  /** The longest time from the first request that failed until all were answered again by themselves, the recovery included; undefined: not by themselves. Zero where none failed. */
  outageMs: number | undefined;
  /** What was in the way at the end of it, or at the start where it lasted. */
  why: string;
  comesBackWithRecovery: boolean;
  lost: readonly LostData[];
}

export function passageOf(app: AppOutcome): Passage {
  const longest = [...app.outages, ...app.recoveryOutages].reduce<Outage | undefined>((found, each) => (found === undefined || lengthOf(each) > lengthOf(found) ? each : found), undefined);
  return {
    outageMs: longest === undefined ? 0 : longest.toMs === undefined ? undefined : lengthOf(longest),
    why: longest?.why.at(-1)?.text ?? "",
    comesBackWithRecovery: app.recoveryMs !== undefined,
    lost: app.lost,
  };
}

const lengthOf = ({ fromMs, toMs }: Outage): number => (toMs ?? Number.POSITIVE_INFINITY) - fromMs;

export function judge(homelab: Homelab, outcomes: readonly ScenarioOutcome[]): Judged[] {
  return Object.values(homelab.apps).flatMap((app) => (app.promise?.survives ?? []).map((survival) => judgeOne(homelab, app, survival, outcomes)));
}

const RANK: Readonly<Record<Verdict, number>> = { "not tried": 0, kept: 0, "needs a human": 1, broken: 2 };

/** One of an app's promises. */
export function judgeOne(homelab: Homelab, app: App, survival: Survival, outcomes: readonly ScenarioOutcome[]): Judged {
  const promise = app.promise!;
  const covered = outcomes.filter(({ scenario }) => covers(homelab, survival, scenario.steps.map(({ fault }) => fault.target)));
  // One that ran on several placements is one.
  const scenarioCount = new Set(covered.map(({ scenario }) => scenario.name)).size;
  let worst: { judged: Judged; outageMs: number } | undefined;
  for (const outcome of covered) {
    const mine = outcome.apps.find((each) => each.app === app.name)!;
    const passage = passageOf(mine);
    const { verdict, ...reason } = verdictOf(promise, passage, outcome);
    const outageMs = passage.outageMs ?? Number.POSITIVE_INFINITY;
    if (worst !== undefined && (RANK[verdict] < RANK[worst.judged.verdict] || (RANK[verdict] === RANK[worst.judged.verdict] && outageMs <= worst.outageMs))) continue;
    worst = { outageMs, judged: { app: app.name, survives: survivalText(survival), verdict, worst: { outcome, app: mine, ...reason }, scenarioCount } };
  }
  return worst?.judged ?? { app: app.name, survives: survivalText(survival), verdict: "not tried", worst: undefined, scenarioCount: 0 };
}

/** Less is chance: where in a round of heartbeats a loss falls. */
export const FELT_MS_MIN = 12_000;

/** How bad a scenario is for an app, in milliseconds of outage; what does not come back by itself, not at all, or loses data, counts as more than any. */
export function badness({ isStateLost }: ScenarioOutcome, app: AppOutcome): number {
  if (isStateLost) return 4e12;
  return (app.recoveryMs === undefined ? 3e12 : (passageOf(app).outageMs ?? 2e12)) + (app.lost.length > 0 ? 1e12 : 0);
}

/** By its verdict, then by how bad its worst scenario is: below zero where `a` is better, zero where nobody would feel a difference. */
export function compareJudged(a: Judged, b: Judged): number {
  if (RANK[a.verdict] !== RANK[b.verdict]) return RANK[a.verdict] - RANK[b.verdict];
  const difference = worstOf(a) - worstOf(b);
  return Math.abs(difference) < FELT_MS_MIN ? 0 : difference;
}

const worstOf = ({ worst }: Judged): number => (worst === undefined ? 0 : badness(worst.outcome, worst.app));

interface Verdicted {
  verdict: Verdict;
  why: string;
  breaks?: Breaks;
}

function verdictOf(promise: AppPromise, passage: Passage, outcome: ScenarioOutcome): Verdicted {
  const lost = passage.lost.find((each) => exceeds(each, promise.loses));
  if (outcome.isStateLost) return { verdict: promise.byHand ? "needs a human" : "broken", why: "the cluster's own state is lost with the disks of its datastore", breaks: "data" };
  if (lost !== undefined) return { verdict: "broken", why: `${lost.what} loses ${lost.extent === "everything" ? "everything" : lost.extent === "last writes" ? "its last writes" : "all since its last backup"}: ${lost.why}`, breaks: "data" };
  const { why } = passage;
  if (passage.outageMs === undefined) {
    if (!passage.comesBackWithRecovery) return { verdict: "broken", why, breaks: "return" };
    return promise.byHand ? { verdict: "kept", why } : { verdict: "needs a human", why, breaks: "human" };
  }
  const limitMs = promise.backWithin?.ms ?? Number.POSITIVE_INFINITY;
  return passage.outageMs > limitMs ? { verdict: promise.byHand ? "needs a human" : "broken", why, breaks: "time" } : { verdict: "kept", why };
}

const EXTENT: Readonly<Record<LostData["extent"], number>> = { "last writes": 1, "since last backup": 2, everything: 3 };

/** The last writes of a replica that lags are seconds of them: more than nothing, less than any span that a file names. A backup is as old as the time between two. */
function exceeds(lost: LostData, allowed: Loss): boolean {
  if (lost.withinMs !== undefined && allowed.kind === "writes") return lost.withinMs > allowed.within.ms;
  const allowedExtent = allowed.kind === "nothing" ? 0 : allowed.kind === "writes" ? 1 : 2;
  return EXTENT[lost.extent] > allowedExtent;
}

/** Whether a promise speaks of losing just these. */
export function covers(homelab: Homelab, survival: Survival, targets: readonly string[]): boolean {
  const lost = [...new Set(targets)];
  const machines = lost.filter((target) => homelab.machines[target] !== undefined);
  const parts = lost.filter((target) => homelab.site[target] !== undefined);
  // What befalls an app, a registry or the whole home is no loss of a machine or a part.
  if (machines.length + parts.length < lost.length) return false;
  switch (survival.kind) {
    case "one-machine":
      return machines.length === 1 && parts.length === 0;
    case "two-machines":
      return machines.length === 2 && parts.length === 0;
    case "one-site-part":
      return machines.length === 0 && parts.length === 1;
    case "named":
      return lost.length === 1 && lost[0] === survival.name;
  }
}

export function survivalText(survival: Survival): string {
  return survival.kind === "named" ? survival.name : survival.kind.replaceAll("-", " ");
}
