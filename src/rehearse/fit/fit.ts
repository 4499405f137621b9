/**
 * What fits: now, with any one machine less, with any two less; what room each machine has, and how many more copies of each app it is good for. The homelab comes
 * up on the embedded cluster; what would be without machines, its own scheduler says.
 */
import { nodes as machinesOf } from "../../checks/derived/machines.ts";
import { podsWithoutPlaceWithout } from "../../checks/derived/packing.ts";
import { quorum } from "../../checks/derived/site-reach.ts";
import type { Homelab, Machine } from "../../config/homelab.ts";
import { seededRandom } from "../../lib/seeded-random.ts";
import type { Clock } from "../../ports/clock.ts";
import type { SimClient } from "../../sim/api/client.ts";
import { COME_TO_REST_MS } from "../prove/warm-up.ts";
import type { Waiting } from "../progress.ts";
import type { Outcome, Rehearsal } from "../rehearsal.ts";
import { countCopies, type NoCopies, noCopies, patternOf } from "./copies.ts";
import { type MachineRoom, machineRooms } from "./machine-room.ts";
import { type Owner, ownerOf } from "./owner.ts";
import { Placement } from "./placement.ts";
import { type Want, wantsOf } from "./want.ts";

export interface FitOptions {
  homelab: Homelab;
  seed: string;
  clock: Clock;
  /** Not settled yet. It is asked for once. */
  newRehearsal(): Rehearsal;
  isStopped(): boolean;
  onProgress(text: string): void;
}

export interface WaitingPod extends Want {
  owner: Owner;
}

/** What would be without some machines. */
export interface Without {
  /** By their names in the file; empty: now. */
  machines: readonly string[];
  /** What waits now waits without them too, and is not told again. */
  waiting: readonly WaitingPod[];
  /** All that waits for room would have it, were the pods placed anew: the scheduler moves none that runs. */
  fitsPlacedAnew: boolean;
  /** Too few servers are left: nothing is moved until one is back. */
  stopsControlPlane: boolean;
}

export interface Copies {
  app: string;
  service: string;
  /** How many more now; or why that is no question of room. */
  now: number | NoCopies;
  /** The fewest with one machine less, and which. Undefined where there is no other machine. */
  oneLess: { copies: number; machine: string } | undefined;
}

export interface Fit {
  now: Without;
  oneLess: readonly Without[];
  /** Undefined where nothing would be left, or there are more pairs than are tried. */
  twoLess: readonly Without[] | undefined;
  rooms: readonly MachineRoom[];
  copies: readonly Copies[];
  /** What is not ready though every pod has its place. */
  notReady: readonly Waiting[];
}

/** Of more machines pairs are too many to try, and placing all anew takes long. */
export const MACHINES_COUNT_MAX = 63;

/** The cluster did not even come up. */
export class NotUp extends Error {
  readonly outcome: Extract<Outcome, { isReady: false }>;
  constructor(outcome: Extract<Outcome, { isReady: false }>) {
    super(outcome.why);
    this.outcome = outcome;
  }
}

/** Undefined when it was interrupted. Throws `NotUp`. */
export async function fit(options: FitOptions): Promise<Fit | undefined> {
  const { homelab, newRehearsal, isStopped, onProgress } = options;
  onProgress("brings the homelab up");
  const rehearsal = newRehearsal();
  try {
    const outcome = await rehearsal.settle(isStopped);
    if (isStopped()) return undefined;
    const waiting = outcome.isReady ? [] : outcome.waiting;
    // Without its objects, or without its nodes, there is nothing to place.
    if (!outcome.isReady && (waiting.length === 0 || waiting.some(({ what }) => what.startsWith("node ")))) throw new NotUp(outcome);
    rehearsal.cluster.run(COME_TO_REST_MS);
    return await fitOf(options, rehearsal.cluster.client, homelab, waiting);
  } finally {
    await rehearsal.close();
  }
}

async function fitOf({ seed, clock, isStopped, onProgress }: FitOptions, client: SimClient, homelab: Homelab, notReady: readonly Waiting[]): Promise<Fit | undefined> {
  const machines = machinesOf(homelab);
  const place = (lost: readonly Machine[]): Placement => new Placement(client, new Set(lost.map(({ hostname }) => hostname)), seededRandom(seed).fork(`fit/${lost.map(({ name }) => name).join("+")}`));
  const counted = copiesOf(homelab, client);
  const placedNow = place([]);
  const now = without(homelab, client, placedNow, [], new Set());
  const waitingNow = new Set(now.waiting.map(({ info }) => info.key));
  const copies = counted.map(({ app, service, pattern }) => ({ app, service, now: typeof pattern === "string" ? pattern : countCopies(placedNow, pattern), oneLess: undefined as Copies["oneLess"] }));
  const pairs = (): Machine[][] => machines.flatMap((one, index) => machines.slice(index + 1).map((other) => [one, other]));
  const losses = [...(machines.length > 1 ? machines.map((machine) => [machine]) : []), ...(machines.length > 2 && machines.length <= MACHINES_COUNT_MAX ? pairs() : [])];
  const found: Without[] = [];
  for (const lost of losses) {
    onProgress(`${found.length + 1} of ${losses.length}: without ${lost.map(({ name }) => name).join(" and ")}`);
    // A breath: for an interruption.
    await new Promise<void>((resolve) => void clock.after(0, resolve));
    if (isStopped()) return undefined;
    const placed = place(lost);
    found.push(without(homelab, client, placed, lost, waitingNow));
    if (lost.length > 1) continue;
    for (const [index, { pattern }] of counted.entries()) {
      const each = copies[index]!;
      if (typeof pattern === "string" || each.oneLess?.copies === 0) continue;
      const count = countCopies(placed, pattern);
      if (each.oneLess === undefined || count < each.oneLess.copies) each.oneLess = { copies: count, machine: lost[0]!.name };
    }
  }
  const isTried = losses.some(({ length }) => length > 1);
  return {
    now,
    oneLess: found.filter((each) => each.machines.length === 1),
    twoLess: isTried ? found.filter((each) => each.machines.length === 2) : undefined,
    rooms: machineRooms(placedNow, machines),
    copies,
    notReady: now.waiting.length === 0 ? notReady : [],
  };
}

function copiesOf(homelab: Homelab, client: SimClient) {
  return Object.values(homelab.apps).flatMap((app) =>
    Object.values(app.services).map((service) => ({ app: app.name, service: service.name, pattern: noCopies(app, service) ?? patternOf(client, app, service) ?? ("no pod of it to copy" as const) })),
  );
}

function without(homelab: Homelab, client: SimClient, placement: Placement, lost: readonly Machine[], known: ReadonlySet<string>): Without {
  const wants = wantsOf(placement, client);
  const waiting = wants.filter(({ info }) => !known.has(info.key)).map((want) => ({ ...want, owner: ownerOf(homelab, client, want.info.pod) }));
  const servers = Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane"));
  const left = servers.filter((server) => !lost.includes(server)).length;
  return {
    machines: lost.map(({ name }) => name),
    waiting,
    fitsPlacedAnew: machinesOf(homelab).length <= MACHINES_COUNT_MAX && waiting.some(({ cause }) => cause.kind === "room") && podsWithoutPlaceWithout(homelab, lost).length === 0,
    stopsControlPlane: left < (homelab.kubernetes.datastore.kind === "external" ? 1 : quorum(servers.length)),
  };
}

/** How much a loss leaves waiting: pods first, then the memory that they ask for. */
export function compareWithout(a: Without, b: Without): number {
  const memory = ({ waiting }: Without): number => waiting.reduce((sum, { info }) => sum + (info.requests.get("memory") ?? 0), 0);
  return a.waiting.length - b.waiting.length || memory(a) - memory(b);
}
