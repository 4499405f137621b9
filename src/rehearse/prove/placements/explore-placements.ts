/**
 * Which placements a proof looks at. For each app and each set of machines that a scenario takes away, ties are broken in trials so that as much as can be of what the
 * app needs stands on them. Of what was found as few placements are chosen as reach the worst for all, within a budget; each scenario runs where it is worst.
 */
import type { Homelab } from "../../../config/homelab.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import type { SimClient } from "../../../sim/api/client.ts";
import { ownerOf } from "../../fit/owner.ts";
import { siteOf } from "../site-of.ts";
import { covers } from "../verdict.ts";
import { type AppNeeds, exposureOf, needsOf, nodesBySlot, type PodGroup } from "./exposure.ts";
import { machinesLostIn } from "./machines-lost.ts";
import { type PlacedPod, type Placement, slotOf, type TieChoices, tieChoices } from "./placement.ts";
import { type Choose, TrialPlacements } from "./trial-placements.ts";

export interface Explored {
  /** Pods that could as well have been elsewhere when the homelab came up as the seed has it. */
  tiedCount: number;
  /** The first is the seed's. */
  placements: readonly ChosenPlacement[];
  /** For each scenario the placements on which it is run, by their index. */
  on: readonly (readonly number[])[];
  /** What was looked at: something that apps need on machines that are lost together. And of these, those for which a worse placement was found than the budget lets run. */
  pairCount: number;
  leftOutCount: number;
  /** So many pods on so many nodes that no trial was made. */
  isTooLarge: boolean;
}

export interface ChosenPlacement {
  choices: TieChoices;
  /** Pods that are elsewhere than in the seed's. */
  moved: readonly MovedPod[];
}

export interface MovedPod {
  /** Whose it is: an app, `app/part`, or the workload of the platform. */
  what: string;
  from: string;
  to: string;
  /** Apps that need it. */
  apps: readonly string[];
}

export interface ExploreOptions {
  homelab: Homelab;
  scenarios: readonly Scenario[];
  /** Of the cluster that came up, and what was placed in it. */
  client: SimClient;
  placed: Placement;
  seed: string;
  /** Whose worst is looked for; all unless given. */
  apps?: readonly string[];
  /** Whatever it costs. */
  isUnbounded?: boolean;
}

/** What bringing a homelab up costs, in scenarios: between three and six for the examples. */
export const UP_COST = 4;
/** How much may be added to a proof of the seed's placement alone, as a multiple of its cost; and in scenarios, however many there are. */
export const ADDED_COST_MAX = 1.1;
const ADDED_SCENARIOS_MAX = 100;
/** A trial looks at every node for every pod, 10 to 20 µs each. With more than so many of these it takes seconds, and none is made. */
const TRIAL_WORK_MAX = 200_000;
/** Of all trials together, as far as that is between these counts: about as long as bringing the homelab up. */
const TRIALS_WORK = 60_000;
const TRIALS_COUNT_MIN = 12;
/** More than this, and two for each scenario, find hardly more. */
const TRIALS_COUNT_MAX = 40;
/** Trials for one cell: what they come to depends on ties that are left to chance. */
const ROUNDS = 3;
/** Another machine like those before teaches less. */
const NEW_KIND = 5;

/** Pods that are lost with machines: all that an app needs, or one group of it alone, as what both lose at once is not all that may be worst. */
interface Cell {
  lost: ReadonlySet<string>;
  groups: readonly PodGroup[];
  /** Put on the machines by turns: with what is shared, without. */
  wanted: readonly ReadonlySet<string>[];
  weight: number;
  /** The same for apps and machines that nothing tells apart but their names. */
  kind: string;
}

interface Candidate {
  placement: Placement;
  /** By cell. */
  exposures: readonly number[];
}

/** All scenarios as the seed has it. */
export function seedAlone(placed: Placement, scenarios: readonly Scenario[]): Explored {
  return { tiedCount: placed.filter(({ equals }) => equals.length > 1).length, placements: [{ choices: {}, moved: [] }], on: scenarios.map(() => [0]), pairCount: 0, leftOutCount: 0, isTooLarge: false };
}

export function explorePlacements(options: ExploreOptions): Explored {
  const { homelab, client, placed, scenarios, apps } = options;
  const tied = placed.filter(({ equals }) => equals.length > 1);
  const movable = new Set(tied.flatMap(({ equals }) => equals));
  const trialWork = placed.length * client.list("nodes").length;
  const trialsMax = trialWork > TRIAL_WORK_MAX ? 0 : Math.min(TRIALS_COUNT_MAX + 2 * scenarios.length, Math.max(TRIALS_COUNT_MIN, Math.floor(TRIALS_WORK / trialWork)));
  if (tied.length === 0 || trialsMax === 0) return { ...seedAlone(placed, scenarios), isTooLarge: tied.length > 0 };
  const site = siteOf(homelab);
  // Where nothing could be elsewhere, or all of it is lost, no placement is worse than another.
  const lostIn = scenarios.map((scenario) => machinesLostIn(homelab, site, scenario).filter((machine) => movable.has(machine)));
  const keys = lostIn.map((lost) => (lost.length === movable.size ? "" : lost.toSorted().join(" ")));
  const sets = [...new Set(keys)].filter((key) => key !== "").map((key) => new Set(key.split(" ")));
  const needs = needsOf(homelab, client, placed).filter(({ app }) => apps?.includes(app) !== false);
  const cells = sets.flatMap((lost) => cellsOf(homelab, lost, needs, scenarios.filter((_scenario, index) => keys[index] === [...lost].join(" "))));
  const candidates = tryPlacements(options, cells, trialsMax);
  const best = cells.map((_cell, index) => Math.max(...candidates.map(({ exposures }) => exposures[index]!)));
  const cellsOfSet = new Map(sets.map((lost): [ReadonlySet<string>, number[]] => [lost, []]));
  for (const [index, { lost }] of cells.entries()) cellsOfSet.get(lost)!.push(index);
  const runsOf = (chosen: readonly number[]): Map<string, number[]> => new Map([...cellsOfSet].map(([lost, mine]) => [[...lost].join(" "), placementsFor(mine, chosen, candidates)]));
  const costOf = (chosen: readonly number[]): number => {
    const runs = runsOf(chosen);
    return (chosen.length - 1) * UP_COST + keys.reduce((sum, key) => sum + (runs.get(key)?.length ?? 1) - 1, 0);
  };
  const chosen = chooseWorst(cells, candidates, best, costOf, options.isUnbounded === true ? Number.POSITIVE_INFINITY : Math.min(ADDED_COST_MAX * (UP_COST + scenarios.length), ADDED_SCENARIOS_MAX));
  const runs = runsOf(chosen);
  return {
    tiedCount: tied.length,
    placements: chosen.map((index) => ({ choices: index === 0 ? {} : tieChoices(candidates[index]!.placement), moved: movedPods(options, candidates[index]!.placement, needs) })),
    on: keys.map((key) => runs.get(key) ?? [0]),
    pairCount: cells.length,
    isTooLarge: false,
    leftOutCount: cells.filter((_cell, index) => chosen.every((one) => candidates[one]!.exposures[index]! < best[index]!)).length,
  };
}

function cellsOf(homelab: Homelab, lost: ReadonlySet<string>, needs: readonly AppNeeds[], scenarios: readonly Scenario[]): Cell[] {
  const cells = new Map<string, Cell>();
  const add = (groups: readonly PodGroup[], wanted: Cell["wanted"], weight: number): void => {
    const key = groups.map(({ slots }) => slots.join(" ")).join(", ");
    const known = cells.get(key);
    // What apps share is looked at once for all of them.
    if (known === undefined) cells.set(key, { lost, groups, wanted, weight, kind: `${key} ${kindOf(homelab, lost)}` });
    else known.weight += weight;
  };
  for (const { app, groups, own, shared } of needs) {
    const weight = weightOf(homelab, app, scenarios);
    add(groups, shared.size === 0 ? [own] : [new Set([...own, ...shared]), own], weight);
    for (const group of groups) if (group.isFelt) add([group], [new Set(group.slots)], weight);
  }
  return [...cells.values()];
}

/** Promises decide what a proof ends with, and one that names what is lost has no other loss to be judged by. */
function weightOf(homelab: Homelab, app: string, scenarios: readonly Scenario[]): number {
  const spoken = (homelab.apps[app]?.promise?.survives ?? []).filter((survival) => scenarios.some(({ steps }) => covers(homelab, survival, steps.map(({ fault }) => fault.target))));
  return spoken.some(({ kind }) => kind === "named" || kind === "one-site-part") ? 100 : spoken.length > 0 ? 10 : 1;
}

function kindOf({ machines }: Homelab, lost: ReadonlySet<string>): string {
  const kinds = Object.values(machines).filter(({ hostname }) => lost.has(hostname)).map(({ roles, hardware, cpu, memory }) => JSON.stringify([roles, hardware, cpu, memory]));
  return kinds.toSorted().join(" ");
}

/** The seed's first, then those of trials. */
function tryPlacements({ client, placed, seed }: ExploreOptions, cells: readonly Cell[], trialsMax: number): Candidate[] {
  const trials = new TrialPlacements(client, placed);
  const measured = (placement: Placement): Candidate => {
    const nodes = nodesBySlot(placement);
    return { placement, exposures: cells.map(({ groups, lost }) => exposureOf(groups, nodes, lost)) };
  };
  const candidates = [measured(placed)];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, cell] of cells.entries()) {
      if (candidates.length > trialsMax) return candidates;
      const utmost = cell.groups.reduce((sum, { weight }) => sum + weight, 0);
      if (candidates.some(({ exposures }) => exposures[index]! >= utmost)) continue;
      candidates.push(measured(trials.place(onto(cell, round), `${seed}/trial ${candidates.length}`)));
    }
  }
  return candidates;
}

/** What is wanted to machines that are lost; all else away from them, so that they stay the emptiest. */
function onto({ wanted, lost }: Cell, round: number): Choose {
  return (pod, nodes) => {
    const slot = slotOf(pod);
    const isWanted = wanted[round % wanted.length]!.has(slot);
    const fit = nodes.filter((node) => lost.has(node) === isWanted);
    return fit.length === 0 ? undefined : fit[(round + slot.length) % fit.length];
  };
}

/** Indexes of candidates, the seed's first: those that reach the worst of most cells within `costMax`, promises before others. Of two ways to look for them the one that found more. */
function chooseWorst(cells: readonly Cell[], candidates: readonly Candidate[], best: readonly number[], costOf: (chosen: readonly number[]) => number, costMax: number): number[] {
  const reachedBy = (chosen: readonly number[]): number => cells.reduce((sum, { weight }, index) => sum + (chosen.some((one) => candidates[one]!.exposures[index]! >= best[index]!) ? weight : 0), 0);
  const ways = [false, true].map((isForItsCost) => chooseBy(cells, candidates, best, costOf, costMax, isForItsCost));
  return reachedBy(ways[1]!) > reachedBy(ways[0]!) ? ways[1]! : ways[0]!;
}

/** Again and again the one that reaches most of what is not reached yet, or most for what it costs. */
function chooseBy(cells: readonly Cell[], candidates: readonly Candidate[], best: readonly number[], costOf: (chosen: readonly number[]) => number, costMax: number, isForItsCost: boolean): number[] {
  let chosen = [0];
  const isWorst = (candidate: number, cell: number): boolean => candidates[candidate]!.exposures[cell]! >= best[cell]!;
  for (;;) {
    const isReached = (index: number): boolean => chosen.some((one) => isWorst(one, index));
    const kinds = new Set(cells.flatMap(({ kind }, index) => (isReached(index) ? [kind] : [])));
    const open = cells.flatMap(({ kind, weight }, index) => (isReached(index) ? [] : [{ index, weight: kinds.has(kind) ? weight : NEW_KIND * weight }]));
    const before = costOf(chosen);
    let next: { chosen: number[]; worth: number } | undefined;
    for (let candidate = 1; candidate < candidates.length; candidate++) {
      const gain = open.reduce((sum, { index, weight }) => sum + (isWorst(candidate, index) ? weight : 0), 0);
      if (gain === 0) continue;
      const more = [...chosen, candidate];
      const cost = costOf(more);
      const worth = isForItsCost ? gain / (cost - before) : gain;
      if (cost <= costMax && worth > (next?.worth ?? 0)) next = { chosen: more, worth };
    }
    if (next === undefined) return chosen;
    chosen = next.chosen;
  }
}

/** Of those chosen, as few as show the worst that any of them has for each app: positions in `chosen`. `mine`: the cells of one set of machines. */
function placementsFor(mine: readonly number[], chosen: readonly number[], candidates: readonly Candidate[]): number[] {
  const worst = new Map(mine.map((cell) => [cell, Math.max(...chosen.map((one) => candidates[one]!.exposures[cell]!))]));
  const found: number[] = [];
  let open = mine;
  while (open.length > 0) {
    const reached = chosen.map((one) => open.filter((cell) => candidates[one]!.exposures[cell]! >= worst.get(cell)!));
    const most = reached.reduce((top, each, position) => (each.length > reached[top]!.length ? position : top), 0);
    found.push(most);
    open = open.filter((cell) => !reached[most]!.includes(cell));
  }
  return found.toSorted((a, b) => a - b);
}

function movedPods({ homelab, client, placed }: ExploreOptions, other: Placement, needs: readonly AppNeeds[]): MovedPod[] {
  const workloads = [...new Set(placed.map(({ workload }) => workload))];
  return workloads.flatMap((workload) => {
    const pods = placed.filter((one) => one.workload === workload);
    const now = other.filter((one) => one.workload === workload).map(({ node }) => node);
    const slot = slotOf(pods[0]!);
    const apps = needs.filter(({ own, shared }) => own.has(slot) || shared.has(slot)).map(({ app }) => app);
    // Two copies that changed places are where they were.
    const left = pods.filter(({ node }) => !takeOut(now, node));
    return left.slice(0, now.length).map((one, index): MovedPod => ({ what: whatOf(homelab, client, one), from: one.node, to: now[index]!, apps }));
  });
}

function takeOut(list: string[], value: string): boolean {
  const index = list.indexOf(value);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

/** Copies of a ReplicaSet have names by chance; others keep theirs. */
function whatOf(homelab: Homelab, client: SimClient, { pod }: PlacedPod): string {
  const { name, app } = ownerOf(homelab, client, pod);
  return app === undefined || pod.metadata.ownerReferences?.some(({ kind }) => kind === "ReplicaSet") === true ? name : `${app}/${pod.metadata.name}`;
}
