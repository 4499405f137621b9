/**
 * The physical place: machines and the parts they depend on for power and for the network. It only derives who has power and who reaches
 * whom from which parts work; what a machine does without either is the machine's own affair.
 */
import { assert } from "../../lib/assert.ts";

export type SitePartKind = "internet" | "router" | "switch" | "power" | "ups" | "nas" | "hypervisor" | "other";

export interface SitePart {
  name: string;
  kind: SitePartKind;
  /** Machines and parts whose network goes through this one. */
  connects?: readonly string[];
  /** Machines and parts that get their power from this one. */
  powers?: readonly string[];
  /** Of a UPS: how long its battery carries what hangs on it. Undefined: longer than anybody waits. */
  holdsMs?: number;
}

export interface SiteState {
  hasPower: boolean;
  /** Reaches most of the others. Where the network falls apart, the smaller pieces count as cut off, though each may be whole in itself. */
  isConnected: boolean;
  /** Reaches the world outside: the line where the site has one, else a router, else the home's network is all there is to know. */
  hasInternet: boolean;
  /** Cut off from the others together with some, whom it reaches: what they share. */
  side?: string;
}

export type SiteListener = (machine: string, state: SiteState) => void;

export class Site {
  readonly #machines: readonly string[];
  readonly #parts = new Map<string, SitePart>();
  readonly #broken = new Set<string>();
  /** Parts that have power, and answer nothing. */
  readonly #hung = new Set<string>();
  /** Machines that were switched off, or whose cable was pulled, by hand. */
  readonly #switchedOff = new Set<string>();
  readonly #unplugged = new Set<string>();
  /** Groups of machines that reach each other and nobody else. */
  readonly #apart = new Map<string, readonly string[]>();
  /** Machines and parts that do not start by themselves when their power comes back, and those that wait for somebody to press the button. */
  readonly #staysOff = new Set<string>();
  readonly #waiting = new Set<string>();
  #hasGrid = true;
  /** UPSes without the power of the place, and when their batteries will be empty. */
  readonly #draining = new Map<string, number>();
  readonly #empty = new Set<string>();
  #hasNames = true;
  #hasGossip = true;
  /** The parts that feed and that connect each thing, in the order of the parts: which do is written down once. */
  readonly #above: Readonly<Record<Relation, Map<string, SitePart[]>>> = { powers: new Map(), connects: new Map() };
  /** The pieces that the network is in, and the largest; undefined once something has turned that they follow from. */
  #network: { pieces: ReadonlyMap<string, string>; main: string | undefined } | undefined;
  readonly #states = new Map<string, SiteState>();
  readonly #listeners: SiteListener[] = [];
  readonly #splitListeners: (() => void)[] = [];

  constructor(machines: readonly string[], parts: readonly SitePart[] = []) {
    this.#machines = [...machines];
    for (const part of parts) {
      assert(!this.#parts.has(part.name), `site part ${part.name} is given twice`);
      this.#parts.set(part.name, part);
      for (const relation of ["powers", "connects"] as const) for (const thing of new Set(part[relation])) append(this.#above[relation], thing, part);
    }
    for (const machine of machines) this.#states.set(machine, { hasPower: true, isConnected: true, hasInternet: true });
  }

  get parts(): readonly SitePart[] {
    return [...this.#parts.values()];
  }

  state(machine: string): SiteState {
    const state = this.#states.get(machine);
    assert(state !== undefined, `unknown machine ${machine}`);
    return state;
  }

  /** Called for every machine whose state turns. */
  onChange(listener: SiteListener): () => void {
    this.#listeners.push(listener);
    return () => void this.#listeners.splice(this.#listeners.indexOf(listener), 1);
  }

  /** Called when the network was split, or is whole again, after every machine was told; returns how to stop. */
  onSplit(listener: () => void): () => void {
    this.#splitListeners.push(listener);
    return () => void this.#splitListeners.splice(this.#splitListeners.indexOf(listener), 1);
  }

  /** Splits the network: these machines reach each other and nobody else, people and site parts are with the others. Or makes it whole again. */
  setApart(machines: readonly string[], isApart: boolean): void {
    const key = machines.join();
    for (const machine of machines) this.state(machine);
    if (this.#apart.has(key) === isApart) return;
    if (isApart) this.#apart.set(key, [...machines]);
    else this.#apart.delete(key);
    this.#derive();
    for (const listener of [...this.#splitListeners]) listener();
  }

  get isSplit(): boolean {
    return this.#apart.size > 0;
  }

  /** A part breaks, or is mended. */
  setPartWorking(name: string, isWorking: boolean): void {
    assert(this.#parts.has(name), `unknown site part ${name}`);
    this.#toggle(this.#broken, name, !isWorking);
  }

  /** A part hangs, or answers again: it gives power on all the while, and nothing passes through it. */
  setPartHung(name: string, isHung: boolean): void {
    assert(this.#parts.has(name), `unknown site part ${name}`);
    this.#toggle(this.#hung, name, isHung);
  }

  setMachinePower(machine: string, isOn: boolean): void {
    this.state(machine);
    this.#toggle(this.#switchedOff, machine, !isOn);
  }

  setMachineConnected(machine: string, isConnected: boolean): void {
    this.state(machine);
    this.#toggle(this.#unplugged, machine, !isConnected);
  }

  /** The power of the whole place goes, or comes back. What a UPS feeds does not notice. */
  setGrid(hasGrid: boolean): void {
    this.#hasGrid = hasGrid;
    if (hasGrid) {
      this.#draining.clear();
      this.#empty.clear();
    }
    this.#derive();
  }

  get hasGrid(): boolean {
    return this.#hasGrid;
  }

  /** The battery of a UPS will be empty at a time; whoever has a clock says so with `setEmpty` when it has come. */
  drain(ups: string, atMs: number): void {
    assert(this.#parts.get(ups)?.kind === "ups", `${ups} is no UPS`);
    this.#draining.set(ups, atMs);
  }

  /** It is, unless the power has been back in between: then it feeds nothing any more. */
  setEmpty(ups: string, atMs: number): void {
    if (this.#draining.get(ups) !== atMs) return;
    this.#draining.delete(ups);
    this.#toggle(this.#empty, ups, true);
  }

  /** Until when something is known to change here by itself; 0: nothing is. */
  get changesUntilMs(): number {
    return Math.max(0, ...this.#draining.values());
  }

  /** What the home asks for names (its router, mostly) answers, or does not. */
  setNames(hasNames: boolean): void {
    this.#hasNames = hasNames;
  }

  get hasNames(): boolean {
    return this.#hasNames;
  }

  /** Those who announce addresses on the machines hear of each other, or each believes to be alone. */
  setGossip(hasGossip: boolean): void {
    this.#hasGossip = hasGossip;
  }

  get hasGossip(): boolean {
    return this.#hasGossip;
  }

  /** A machine or a part that stays off when power returns, until this is taken back: somebody presses its button. */
  setStaysOff(name: string, staysOff: boolean): void {
    if (!this.#parts.has(name)) this.state(name);
    if (staysOff) this.#staysOff.add(name);
    else {
      this.#staysOff.delete(name);
      this.#waiting.delete(name);
    }
    this.#derive();
  }

  /** Whether a part works, and most of the machines can reach it: a NAS, a router. */
  isPartAlive(name: string): boolean {
    const part = this.#parts.get(name);
    assert(part !== undefined, `unknown site part ${name}`);
    const { pieces, main } = this.#networkNow();
    return this.#passes(part) && pieces.get(name) === main;
  }

  /** Machines that depend on a part, directly or through others, for power or network. */
  dependants(name: string): readonly string[] {
    return this.#machines.filter((machine) => this.#isBelow(machine, name, new Set()));
  }

  #isBelow(thing: string, above: string, seen: Set<string>): boolean {
    if (seen.has(thing)) return false;
    seen.add(thing);
    return [...this.#suppliers(thing, "powers"), ...this.#suppliers(thing, "connects")].some((part) => part.name === above || this.#isBelow(part.name, above, seen));
  }

  #suppliers(thing: string, relation: Relation): readonly SitePart[] {
    return this.#above[relation].get(thing) ?? [];
  }

  #toggle(set: Set<string>, name: string, isIn: boolean): void {
    if (set.has(name) === isIn) return;
    if (isIn) set.add(name);
    else set.delete(name);
    this.#derive();
  }

  #derive(): void {
    for (const name of this.#staysOff) if (!this.#isFed(name, new Set())) this.#waiting.add(name);
    this.#network = undefined;
    const { pieces, main } = this.#networkNow();
    const outside = this.#outside();
    const changed: string[] = [];
    for (const machine of this.#machines) {
      const hasPower = !this.#switchedOff.has(machine) && !this.#waiting.has(machine) && this.#isFed(machine, new Set());
      const piece = pieces.get(machine);
      const isConnected = piece !== undefined && piece === main;
      const hasInternet = isConnected && (outside === undefined || outside.some((part) => this.#passes(part) && pieces.get(part.name) === main));
      const side = this.#unplugged.has(machine) ? undefined : this.#sideOf(machine);
      const before = this.#states.get(machine)!;
      if (before.hasPower === hasPower && before.isConnected === isConnected && before.hasInternet === hasInternet && before.side === side) continue;
      this.#states.set(machine, { hasPower, isConnected, hasInternet, ...(side === undefined ? {} : { side }) });
      changed.push(machine);
    }
    // Each hears of it when all are as they will be.
    for (const machine of changed) for (const listener of [...this.#listeners]) listener(machine, this.#states.get(machine)!);
  }

  /** Split twice, two machines reach each other where both splits leave them together. */
  #sideOf(machine: string): string | undefined {
    const sides = [...this.#apart].flatMap(([side, machines]) => (machines.includes(machine) ? side : []));
    return sides.length === 0 ? undefined : sides.sort().join(" ");
  }

  /** The parts of which one must work for the world outside to be there; undefined where the site knows none. */
  #outside(): readonly SitePart[] | undefined {
    for (const kind of ["internet", "router"] as const) {
      const found = [...this.#parts.values()].filter((part) => part.kind === kind);
      if (found.length > 0) return found;
    }
    return undefined;
  }

  #networkNow(): { pieces: ReadonlyMap<string, string>; main: string | undefined } {
    if (this.#network === undefined) {
      const pieces = this.#pieces();
      this.#network = { pieces, main: this.#largest(pieces) };
    }
    return this.#network;
  }

  /** The pieces that the network is in now: a name for each thing that is on it; those with the same name reach each other. What hangs on nothing is on the home's network. */
  #pieces(): Map<string, string> {
    const joins = new Map<string, string[]>();
    const join = (a: string, b: string): void => {
      append(joins, a, b);
      append(joins, b, a);
    };
    const isThere = (name: string): boolean => {
      const part = this.#parts.get(name);
      return part === undefined ? !this.#unplugged.has(name) && this.#sideOf(name) === undefined : this.#passes(part);
    };
    for (const name of [...this.#machines, ...this.#parts.keys()]) {
      if (isThere(name) && this.#suppliers(name, "connects").length === 0) join(HOME, name);
    }
    for (const part of this.#parts.values()) {
      if (!isThere(part.name)) continue;
      for (const name of part.connects ?? []) if (isThere(name)) join(part.name, name);
    }
    const pieces = new Map<string, string>();
    for (const start of joins.keys()) {
      if (pieces.has(start)) continue;
      const queue = [start];
      pieces.set(start, start);
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
        for (const next of joins.get(name) ?? []) {
          if (pieces.has(next)) continue;
          pieces.set(next, start);
          queue.push(next);
        }
      }
    }
    return pieces;
  }

  /** The piece with the most machines; of equals, the one with the machine that is named first. */
  #largest(pieces: ReadonlyMap<string, string>): string | undefined {
    const counts = new Map<string, number>();
    for (const machine of this.#machines) {
      const piece = pieces.get(machine);
      if (piece !== undefined) counts.set(piece, (counts.get(piece) ?? 0) + 1);
    }
    let largest: string | undefined;
    for (const [piece, count] of counts) if (largest === undefined || count > counts.get(largest)!) largest = piece;
    return largest;
  }

  /** With several suppliers one is enough (two power supplies); what has none hangs on the place's own power, and a UPS on its battery. */
  #isFed(thing: string, seen: Set<string>): boolean {
    if (seen.has(thing)) return true;
    seen.add(thing);
    if (this.#parts.get(thing)?.kind === "ups") return !this.#empty.has(thing);
    const suppliers = this.#suppliers(thing, "powers");
    return suppliers.length === 0 ? this.#hasGrid : suppliers.some((part) => this.#isWorking(part, seen));
  }

  /** It works, and does not hang. */
  #passes(part: SitePart): boolean {
    return !this.#hung.has(part.name) && this.#isWorking(part, new Set());
  }

  /** A part works when it is not broken and has power itself. */
  #isWorking(part: SitePart, seen: Set<string>): boolean {
    return !this.#broken.has(part.name) && !this.#waiting.has(part.name) && this.#isFed(part.name, new Set(seen));
  }
}

type Relation = "powers" | "connects";

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** The home's network itself, which no part stands for. Not a name that a part can have. */
const HOME = "";
