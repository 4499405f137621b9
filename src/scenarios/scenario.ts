/** Faults over time. The same for a rehearsal and for a drill. */
import type { ActId } from "./act.ts";
import { type Fault, FAULTS, type FaultId, faultText } from "./fault.ts";

export interface ScenarioStep {
  /** Since the scenario's start. */
  readonly atMs: number;
  readonly fault: Fault;
  readonly does: "begin" | "end";
}

export interface Scenario {
  /** Unique among those that run together: `power-off pi2`, `power-off pi2 + part-off switch`. */
  readonly name: string;
  /** For people, where its faults are too many to be one. */
  readonly title?: string;
  readonly steps: readonly ScenarioStep[];
  /** Each fault begins once all has come to rest after the one before; its time says when that was, in a scenario that was run. */
  readonly isOneByOne?: true;
  /** What a person does about each node that has no power, once all has come to rest without it. */
  readonly atRest?: ActId;
}

/** Faults that begin one after the other and stay. They end when all has come to rest: that is the recovery, and whoever runs the scenario adds it. */
export function losing(faults: readonly Fault[], apartMs = 0): Scenario {
  return { name: faults.map(faultText).join(" + "), steps: faults.map((fault, index) => ({ atMs: index * apartMs, fault, does: "begin" as const })) };
}

/** The first stays, and nobody has mended it when the next one begins: a cluster that has settled without one is another than one that loses both at once. */
export function losingOneByOne(faults: readonly Fault[]): Scenario {
  return { name: faults.map(faultText).join(", then "), steps: faults.map((fault) => ({ atMs: 0, fault, does: "begin" as const })), isOneByOne: true };
}

/** `pi2 off, then switch off` */
export function scenarioTitle({ title, steps, isOneByOne }: Scenario): string {
  if (title !== undefined) return title;
  const faults = steps.filter(({ does }) => does === "begin").map(({ fault }) => FAULTS[fault.id].short(fault.target));
  return faults.join(isOneByOne === true || steps.some(({ atMs }) => atMs > 0) ? ", then " : " and ");
}

/** What every element of a homelab can lose, one each: the default set of a proof. */
export function lossesOf(elements: { readonly machines: readonly string[]; readonly siteParts: readonly string[] }): Fault[] {
  return [
    ...elements.machines.flatMap((target): Fault[] => [{ id: "power-off", target }, { id: "network-cut", target }, { id: "disk-lost", target }]),
    ...elements.siteParts.map((target): Fault => ({ id: "part-off", target })),
  ];
}

/** One that stays away, then one more, in both orders; of kinds that stay: what has no power may have lost its disk as well, and is tried with both. */
export function degradedPairsOf(faults: readonly Fault[]): [Fault, Fault][] {
  return faults.flatMap((first) => faults.filter((second) => second.target !== first.target && stayAlike(first, second)).map((second): [Fault, Fault] => [first, second]));
}

const STAYS: readonly FaultId[] = ["power-off", "part-off"];

/** Two disks, or two that are off: a disk and a switch say no more than a machine and a switch. */
const stayAlike = ({ id: a }: Fault, { id: b }: Fault): boolean => (a === "disk-lost" && b === "disk-lost") || (STAYS.includes(a) && STAYS.includes(b));

/** All unordered pairs, but those of one target with itself: a machine that is off cannot lose its network too. */
export function pairsOf(faults: readonly Fault[]): [Fault, Fault][] {
  return faults.flatMap((first, index) => faults.slice(index + 1).filter((second) => second.target !== first.target).map((second): [Fault, Fault] => [first, second]));
}
