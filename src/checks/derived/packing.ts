/**
 * Whether pods with their requests fit on machines. Packing is NP-hard; first-fit in three orders is tried, so that "does not fit" is said only
 * when none of them works, and "fits" always comes with a placement that shows it.
 */
import type { Path } from "../../config/finding.ts";
import type { Homelab, Machine, Placement, Resources } from "../../config/homelab.ts";
import { firstFit, type Free, type Preference } from "./first-fit.ts";
import { allocatable, eligibleMachines, nodes, type Room } from "./machines.ts";
import { platformPods } from "./platform-pods.ts";
import { databasesOf, replicasMin, servicesOf } from "./workloads.ts";

export interface PodRequest extends Room {
  readonly owner: string;
  readonly path: Path;
  /** Names of machines it may run on. */
  readonly eligible: ReadonlySet<string>;
  /** A daemon set's pod: its machine. */
  readonly onlyHere?: string;
  /** Of the distribution or the platform: there before any app, so it gets its room first. */
  readonly isPlatform: boolean;
}

const ANYWHERE: Placement = { labels: {}, machines: [], tolerations: [], spread: [], near: [], apart: [] };

/** More than one check asks, and a homelab is never changed once it is loaded. */
const requests = new WeakMap<Homelab, readonly PodRequest[]>();

/** The pods that always run: the platform's own, services at their least replicas, daemon sets on each eligible machine, database instances. */
export function podRequests(homelab: Homelab): readonly PodRequest[] {
  let pods = requests.get(homelab);
  if (pods === undefined) requests.set(homelab, (pods = collectRequests(homelab)));
  return pods;
}

function collectRequests(homelab: Homelab): PodRequest[] {
  const pods: PodRequest[] = [];
  // Of one list of machines one set of names: pods with the same are known to be alike in this without a look.
  const namesOf = new Map<readonly Machine[], ReadonlySet<string>>();
  const names = (eligible: readonly Machine[]): ReadonlySet<string> => {
    let found = namesOf.get(eligible);
    if (found === undefined) namesOf.set(eligible, (found = new Set(eligible.map((machine) => machine.name))));
    return found;
  };
  const add = (owner: string, path: Path, resources: Resources, eligible: readonly Machine[], count: number, onlyHere?: string): void => {
    const pod: PodRequest = { owner, path, cpu: resources.requests.cpu.value, memory: resources.requests.memory.value, eligible: names(eligible), ...(onlyHere === undefined ? {} : { onlyHere }), isPlatform: false };
    for (let index = 0; index < count; index++) pods.push(pod);
  };
  for (const { name, path, cpu, memory, eligible, onlyHere } of platformPods(homelab)) {
    pods.push({ owner: name, path, cpu, memory, eligible: names(eligible), ...(onlyHere === undefined ? {} : { onlyHere }), isPlatform: true });
  }
  for (const { app, item, path } of servicesOf(homelab)) {
    const eligible = eligibleMachines(homelab, item);
    const owner = app.name === item.name ? app.name : `${app.name}/${item.name}`;
    if (item.kind === "daemon-set") for (const machine of eligible) add(owner, path, item.resources, [machine], 1, machine.name);
    else add(owner, path, item.resources, eligible, replicasMin(item));
  }
  for (const { app, item, path } of databasesOf(homelab)) {
    add(`${app.name}/${item.name}`, path, item.resources, eligibleMachines(homelab, { placement: ANYWHERE, architectures: [] }), item.instances);
  }
  return pods;
}

/** The pods that found no place in the best attempt; empty when all fit. A machine takes `podsMax`. Daemon pods of absent machines are left out. */
export function podsWithoutPlace(homelab: Homelab, pods: readonly PodRequest[], machines: readonly Machine[], podsMax: number): PodRequest[] {
  const names = new Set(machines.map((machine) => machine.name));
  const rooms = new Map(machines.map((machine) => [machine.name, allocatable(homelab, machine)] as const));
  const total = [...rooms.values()].reduce((sum, room) => ({ cpu: sum.cpu + room.cpu, memory: sum.memory + room.memory }), { cpu: 0, memory: 0 });
  const share = (pod: PodRequest): number => Math.max(pod.cpu / (total.cpu || 1), pod.memory / (total.memory || 1));
  const orders: ((a: PodRequest, b: PodRequest) => number)[] = [
    (a, b) => share(b) - share(a),
    (a, b) => a.eligible.size - b.eligible.size || share(b) - share(a),
    (a, b) => b.memory - a.memory || b.cpu - a.cpu,
  ];
  let best: PodRequest[] | undefined;
  for (const order of orders) {
    for (const preference of ["emptiest", "fullest"] as const) {
      const unplaced = place([...pods].sort((a, b) => Number(b.isPlatform) - Number(a.isPlatform) || order(a, b)), rooms, names, preference, podsMax);
      if (unplaced.length === 0) return [];
      if (best === undefined || unplaced.length < best.length) best = unplaced;
    }
  }
  return best ?? [];
}

/** The same with some machines gone. A pod that may only run on them would not fit with any room: its placement is the matter, so it is left out. */
export function podsWithoutPlaceWithout(homelab: Homelab, lost: readonly Machine[]): PodRequest[] {
  const isLost = new Set(lost.map(({ name }) => name));
  return podsWithoutPlace(
    homelab,
    podRequests(homelab).filter((pod) => pod.eligible.size === 0 || pod.eligible.size > isLost.size || ![...pod.eligible].every((name) => isLost.has(name))),
    nodes(homelab).filter(({ name }) => !isLost.has(name)),
    homelab.kubernetes.kubelet.maxPods,
  );
}

function place(pods: readonly PodRequest[], rooms: ReadonlyMap<string, Room>, names: ReadonlySet<string>, preference: Preference, podsMax: number): PodRequest[] {
  const free = [...rooms].map(([name, room]): Free => ({ name, cpu: milli(room.cpu), memory: room.memory, slots: podsMax }));
  const wanted = pods.map((pod) => ({ pod, cpu: milli(pod.cpu), memory: pod.memory, eligible: pod.eligible }));
  return firstFit(wanted, free, preference).flatMap(({ pod }) => (isDaemonPodOfAbsentMachine(pod, names) ? [] : [pod]));
}

/** Machines that are alike to all these pods: as much room, and open to the same ones. One of each group speaks for the others. */
export function alikeMachines(homelab: Homelab, pods: readonly PodRequest[], machines: readonly Machine[]): Machine[][] {
  const kinds = [...new Set(pods)];
  const sets = [...new Set(kinds.filter(({ onlyHere }) => onlyHere === undefined).map(({ eligible }) => eligible))];
  const onlyHere = new Map<string, string[]>();
  for (const pod of kinds) {
    if (pod.onlyHere === undefined || !pod.eligible.has(pod.onlyHere)) continue;
    const there = onlyHere.get(pod.onlyHere);
    if (there === undefined) onlyHere.set(pod.onlyHere, [daemonText(pod)]);
    else there.push(daemonText(pod));
  }
  const groups = new Map<string, Machine[]>();
  for (const machine of machines) {
    const { cpu, memory } = allocatable(homelab, machine);
    const open = sets.flatMap((eligible, index) => (eligible.has(machine.name) ? [index] : []));
    const key = JSON.stringify([cpu, memory, open, onlyHere.get(machine.name) ?? []]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [machine]);
    else group.push(machine);
  }
  return [...groups.values()];
}

const daemonText = ({ owner, cpu, memory }: PodRequest): string => `${owner} ${cpu} ${memory}`;

function isDaemonPodOfAbsentMachine(pod: PodRequest, names: ReadonlySet<string>): boolean {
  return pod.onlyHere !== undefined && !names.has(pod.onlyHere);
}

/** Whole millicores: sums of decimal fractions would drift. */
function milli(cores: number): number {
  return Math.round(cores * 1000);
}
