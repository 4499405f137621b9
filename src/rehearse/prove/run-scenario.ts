/**
 * One scenario on a cluster that has come to rest: faults begin, all is watched until it comes to rest again, then everything is given back and watched
 * once more. Times are virtual and count from the first fault.
 */
import type { Homelab } from "../../config/homelab.ts";
import { type Fault, faultText } from "../../scenarios/fault.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { beginFault, endFault } from "../faults/apply-fault.ts";
import type { Struck } from "../faults/fault-effect.ts";
import { skipQuiet } from "../skip-quiet.ts";
import { wayToRegistries } from "../way-to-registries.ts";
import { actOnDarkNodes } from "./by-hand.ts";
import { constantsOf } from "./causes/constants.ts";
import { HappeningLog } from "./causes/happening-log.ts";
import { type CausePart, unfold } from "./causes/unfold.ts";
import { whatEnded } from "./causes/what-ended.ts";
import { type ApiSpan, ApiWatch } from "./api-watch.ts";
import type { Entrance } from "./entrance.ts";
import { type LostData, lostData, lostWrites, primariesOf } from "./lost-data.ts";
import { type Explain, type Outage, OutageWatch } from "./outage-watch.ts";
import { type Restlessness, watchRest } from "./rest.ts";
import { type StuckVolume, stuckVolumes } from "./storage-repairs.ts";
import { UserView } from "./user-view.ts";
import { leaderLostBy, lostBy } from "./worst-chance.ts";

export interface AppOutcome {
  app: string;
  /** On which placement it ran, where that is not the seed's. */
  placement?: number;
  /** While the faults lasted. One that still lasted at their end has no end here, whatever the recovery brought. */
  outages: Outage[];
  /** After everything was given back, milliseconds until all requests were answered for good; undefined where they never were. */
  recoveryMs: number | undefined;
  /** What `recoveryMs` was made of. */
  recoveryParts: CausePart[];
  /** Those that began only when things were given back: recovery breaks what a loss did not. */
  recoveryOutages: Outage[];
  lost: LostData[];
  /** Volumes that took no reads and writes when all had come to rest, before anything was given back. */
  stuck?: StuckVolume[];
}

export interface ScenarioOutcome {
  scenario: Scenario;
  apps: AppOutcome[];
  /** How long the faults were watched, and how long what came after. */
  faultMs: number;
  recoveryMs: number;
  /** Nodes and pods that were not well in the end, though everything had been given back. */
  unwell: string[];
  /** The cluster's own state went with the disks of most of its datastore: nothing comes back by itself. */
  isStateLost: boolean;
  /** When a person did what the scenario has done at rest, and about which machines. */
  acted?: { atMs: number; machines: readonly string[] };
  /** When the API did not answer, and why. */
  api: readonly ApiSpan[];
}

const HOUR_MS = 3_600_000;
/** No scenario is watched for longer. */
const WATCHED_MS_MAX = 24 * HOUR_MS;
/** Longer than the longest silence after which something still happens by itself: six minutes until a volume is detached by force, five of a toleration. */
const QUIET_MS = 8 * 60_000;
/** Some things never come to rest: a pod that tolerates a full disk is evicted from it and placed there again, for ever. What users have not felt of it for so long they will not feel. */
const UNFELT_MS_MAX = HOUR_MS;
const CHUNK_MS = 10_000;

/** What a scenario needs of a rehearsal, or of a cluster that was made for it alone. */
export type Place = Pick<Struck, "cluster" | "site">;

export function runScenario(place: Place, homelab: Homelab, scenario: Scenario): ScenarioOutcome {
  const { cluster, site } = place;
  const struck = { homelab, cluster, site };
  const view = new UserView(homelab, cluster, site);
  cluster.agents.registries.wayTo = wayToRegistries(struck, (app) => view.of(app).share > 0);
  const startMs = cluster.loop.now();
  const now = (): number => cluster.loop.now() - startMs;
  const rest = watchRest(cluster, site);
  const begins = scenario.steps.filter(({ does }) => does === "begin");
  // Of those at the first moment one may take no machine.
  assignWorst(place, view, homelab, begins.find(({ atMs, fault }) => atMs === begins[0]!.atMs && lostBy(fault, homelab, site).length > 0)?.fault);
  const happenings = new HappeningLog(cluster, now);
  const explain = explainer(happenings, homelab);
  const watch = new OutageWatch(view, now, explain);
  const api = new ApiWatch(now);
  const looked = (): void => {
    happenings.lookAround();
    watch.look();
    api.look(cluster.controlPlane?.outage);
  };
  // Whatever changes may change what is seen: looked at once for all changes of one moment.
  let isDue = false;
  const due = (): void => {
    if (isDue) return;
    isDue = true;
    cluster.loop.after(0, () => {
      isDue = false;
      looked();
    });
  };
  rest.onChange = due;
  const moved: Entrance["onMove"] = (from, to, isAnnounced) => {
    happenings.note(isAnnounced ? "address moved" : "address asked for", to, from);
    due();
  };
  const routerAsks: Entrance["onRouterAsks"] = (before) => {
    happenings.note("router asks", before);
    due();
  };
  if (view.entrance !== undefined) Object.assign(view.entrance, { onMove: moved, onRouterAsks: routerAsks });
  // What users see before: nothing is in the way, and what the nodes know is known.
  looked();
  let lost: LostData[] = [];
  const primaries = primariesOf(cluster.client, homelab);
  const emptied = new Set<string>();
  let open: Fault[] = [];
  const feltMs = (): number => startMs + watch.lastMs;
  const begunMs: number[] = [];
  for (const step of scenario.steps) {
    if (scenario.isOneByOne === true && begunMs.length > 0) runToRest(place, rest, feltMs, view);
    if (step.atMs > now()) cluster.run(step.atMs - now());
    begunMs.push(now());
    if (step.does === "begin") lost.push(...lostData(cluster, homelab, step.fault, emptied));
    if (step.does === "begin" && step.fault.id === "disk-lost") emptied.add(step.fault.target);
    happenings.note(step.does === "begin" ? "fault begins" : "fault ends", step.fault.target);
    if (step.does === "begin") beginFault(struck, step.fault);
    else endFault(struck, step.fault);
    if (step.does === "end" && step.fault.id === "disk-lost") emptied.delete(step.fault.target);
    open = open.filter((fault) => faultText(fault) !== faultText(step.fault));
    if (step.does === "begin") open.push(step.fault);
    looked();
  }
  runToRest(place, rest, feltMs, view);
  looked();
  const acted = scenario.atRest === undefined ? undefined : { atMs: now(), machines: actOnDarkNodes(struck, scenario.atRest) };
  if (acted !== undefined) runToRest(place, rest, feltMs, view);
  looked();
  const faultMs = now();
  const outages = watch.take();
  // A replica that was never made the primary has taken nobody's place: the old one has all its writes.
  const primariesNow = primariesOf(cluster.client, homelab);
  lost = lost.filter(({ app, what, extent }) => extent !== "last writes" || !primaries.has(`${app}/${what}`) || primaries.get(`${app}/${what}`) !== primariesNow.get(`${app}/${what}`));
  const stuck = new Map(Object.values(homelab.apps).map(({ name, namespace }) => [name, stuckVolumes(cluster, namespace)]));
  const isStateLost = cluster.controlPlane?.isStateLost === true;
  for (const fault of isStateLost ? [] : open) {
    happenings.note("fault ends", fault.target);
    endFault(struck, fault);
  }
  looked();
  if (!isStateLost) runToRest(place, rest, feltMs, view);
  looked();
  const recoveries = watch.take();
  lost = withWrites(lost, lostWrites(cluster, homelab, startMs));
  const outcome: ScenarioOutcome = {
    scenario: scenario.isOneByOne === true ? { ...scenario, steps: scenario.steps.map((step, index) => ({ ...step, atMs: begunMs[index]! })) } : scenario,
    faultMs,
    recoveryMs: now() - faultMs,
    unwell: rest.unwell(),
    isStateLost,
    ...(acted === undefined ? {} : { acted }),
    api: api.spans,
    apps: Object.keys(homelab.apps).map((app) => {
      const during = outages.get(app) ?? [];
      const after = recoveries.get(app) ?? [];
      const last = after.at(-1);
      return {
        app,
        outages: during,
        recoveryMs: last === undefined ? 0 : last.toMs === undefined ? undefined : last.toMs - faultMs,
        recoveryParts: last?.toMs === undefined ? [] : explain(watch.endOf(last), faultMs, last.toMs),
        // The first of those after goes on where the last of those before has no end.
        recoveryOutages: during.at(-1) !== undefined && during.at(-1)!.toMs === undefined ? after.slice(1) : after,
        lost: lost.filter((one) => one.app === app),
        ...(stuck.get(app)?.length ? { stuck: stuck.get(app)! } : {}),
      };
    }),
  };
  rest.stop();
  view.stop();
  happenings.stop();
  return outcome;
}

/** Of the same volume the worse is told. */
function withWrites(lost: readonly LostData[], writes: readonly LostData[]): LostData[] {
  return [...lost, ...writes.filter(({ app, what }) => !lost.some((one) => one.app === app && one.what === what))];
}

function explainer(happenings: HappeningLog, homelab: Homelab): Explain {
  const constants = constantsOf(homelab);
  return (hangsOn, fromMs, toMs) => unfold(happenings, constants, whatEnded(happenings, hangsOn, toMs), fromMs, toMs);
}

/** Who leads and who holds an address is chance: the machine that is lost first, as that is the worst. */
function assignWorst({ cluster, site }: Place, view: UserView, homelab: Homelab, first: Fault | undefined): void {
  if (first === undefined) return;
  const lost = lostBy(first, homelab, site);
  const leader = leaderLostBy(first, homelab, site);
  if (leader !== undefined) cluster.controlPlane?.letLead(leader);
  if (lost[0] === undefined) return;
  view.entrance?.letHold(lost[0]);
  cluster.controlPlane?.letHold(lost[0]);
}

/** `feltMs`: when what users see last changed. */
function runToRest({ cluster, site }: Place, rest: Restlessness, feltMs: () => number, view: UserView): void {
  const sinceMs = cluster.loop.now();
  const untilMs = sinceMs + WATCHED_MS_MAX;
  const { loop, agents, volumes } = cluster;
  rest.touch();
  // Nothing may seem to happen while a battery runs empty, memory full, what a router knows old, or a copy of a volume whole.
  const quietMs = (): number => Math.max(Math.min(rest.lastMs + QUIET_MS, Math.max(sinceMs, feltMs()) + UNFELT_MS_MAX), site.changesUntilMs, agents.changesUntilMs(), volumes.changesUntilMs, view.entrance?.changesUntilMs ?? 0);
  while (loop.now() < untilMs && loop.now() < quietMs()) {
    cluster.run(CHUNK_MS);
    skipQuiet(loop, rest.lastMs, Math.min(quietMs(), untilMs));
  }
}
