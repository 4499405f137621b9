/**
 * What an app could promise without breaking its word, from the scenarios that were run: any machine, any part of the site, any two machines, as far as each was tried;
 * with a time and a loss that hold for the worst of them. No single machine by its name: where an app's pods land among equals is chance.
 */
import type { App, AppPromise, Duration, Homelab, Loss, Survival } from "../../config/homelab.ts";
import { assert } from "../../lib/assert.ts";
import type { ScenarioOutcome } from "./run-scenario.ts";
import { covers, FELT_MS_MIN, judgeOne, type Judged, passageOf, survivalText } from "./verdict.ts";

export interface DeservedPromise {
  app: string;
  /** Undefined: nothing that was tried comes back by itself, or once it is mended, without losing what has no backup. */
  promise: AppPromise | undefined;
  /** What it cannot promise, each with the scenario that decides, judged by the weakest promise there is. */
  not: Judged[];
}

const KINDS = ["one-machine", "one-site-part", "two-machines"] as const;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Last writes are seconds of them; a promise of less than a minute would be one of nothing. */
const WRITES_MS_MIN = MINUTE_MS;

/** Of apps that promise nothing. */
export function deservedPromises(homelab: Homelab, outcomes: readonly ScenarioOutcome[]): DeservedPromise[] {
  return Object.values(homelab.apps).filter(({ promise }) => promise === undefined).map((app) => deservedBy(homelab, app, outcomes));
}

function deservedBy(homelab: Homelab, app: App, outcomes: readonly ScenarioOutcome[]): DeservedPromise {
  const tried = KINDS.map((kind): Survival => ({ kind })).filter((survival) => coveredBy(homelab, [survival], outcomes).length > 0);
  const weakest = (byHand: boolean): AppPromise => ({ survives: tried, backWithin: undefined, loses: weakestLoss(app), byHand });
  const judge = (survival: Survival, promise: AppPromise): Judged => judgeOne(homelab, { ...app, promise }, survival, outcomes);
  const kept = (byHand: boolean): Survival[] => tried.filter((survival) => judge(survival, weakest(byHand)).verdict === "kept");
  const byItself = kept(false);
  const byHand = byItself.length === 0;
  const survives = byHand ? kept(true) : byItself;
  const not = tried.filter((survival) => !survives.includes(survival)).map((survival) => judge(survival, weakest(byHand)));
  if (survives.length === 0) return { app: app.name, promise: undefined, not };
  const passages = coveredBy(homelab, survives, outcomes).map((outcome) => passageOf(outcome.apps.find((one) => one.app === app.name)!));
  const outageMs = Math.max(...passages.map((passage) => passage.outageMs ?? 0));
  const promise: AppPromise = {
    survives,
    // What waits for a person has no time to promise.
    backWithin: byHand ? undefined : roundedUp(outageMs + FELT_MS_MIN),
    loses: leastLoss(app, passages.flatMap(({ lost }) => lost)),
    byHand,
  };
  for (const survival of survives) assert(judge(survival, promise).verdict === "kept", `${app.name} would break the promise of ${survivalText(survival)} that it is said to deserve`);
  return { app: app.name, promise, not };
}

const coveredBy = (homelab: Homelab, survivals: readonly Survival[], outcomes: readonly ScenarioOutcome[]): ScenarioOutcome[] =>
  outcomes.filter(({ scenario }) => survivals.some((survival) => covers(homelab, survival, scenario.steps.map(({ fault }) => fault.target))));

/** A promise to lose what came since the last backup asks for backups of all that it has. */
const hasBackups = ({ databases, volumes }: App): boolean => [...Object.values(databases), ...Object.values(volumes)].every(({ backup }) => backup !== undefined);

const SINCE_BACKUP: Loss = { kind: "since-last-backup" };
/** Of writes no file names a longer time. */
const WRITES_MS_MAX = HOUR_MS;

const weakestLoss = (app: App): Loss => (hasBackups(app) ? SINCE_BACKUP : { kind: "writes", within: roundedUp(WRITES_MS_MAX) });

function leastLoss(app: App, lost: ReturnType<typeof passageOf>["lost"]): Loss {
  if (lost.length === 0) return { kind: "nothing" };
  const withinMs = Math.max(WRITES_MS_MIN, ...lost.map((each) => each.withinMs ?? 0));
  return withinMs > WRITES_MS_MAX && hasBackups(app) ? SINCE_BACKUP : { kind: "writes", within: roundedUp(withinMs) };
}

/** To times that people promise: half minutes up to two minutes, minutes up to an hour, then hours. */
function roundedUp(ms: number): Duration {
  const step = ms <= 2 * MINUTE_MS ? MINUTE_MS / 2 : ms <= HOUR_MS ? MINUTE_MS : HOUR_MS;
  const rounded = Math.ceil(ms / step) * step;
  return { ms: rounded, text: rounded % HOUR_MS === 0 ? `${rounded / HOUR_MS}h` : rounded % MINUTE_MS === 0 ? `${rounded / MINUTE_MS}m` : `${rounded / 1000}s` };
}

/** As it is written in a file: fields in the schema's order, what is the default left out but for what may be lost. */
export function promiseFields({ survives, backWithin, loses, byHand }: AppPromise): Record<string, unknown> {
  const names = survives.map(survivalText);
  return {
    survives: names.length === 1 ? names[0] : names,
    ...(backWithin === undefined ? {} : { backWithin: backWithin.text }),
    loses: loses.kind === "writes" ? loses.within.text : loses.kind === "nothing" ? "nothing" : "everything since the last backup",
    ...(byHand ? { byHand } : {}),
  };
}
