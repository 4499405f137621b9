/**
 * The physical place: machines and the parts they depend on for power and for the network. It only derives who has power and who reaches
 * the network from which parts work; what a machine does without either is the machine's own affair.
 */
import { assert } from "../../lib/assert.ts";

export type SitePartKind = "router" | "switch" | "power" | "ups" | "nas" | "hypervisor" | "other";

export interface SitePart {
  name: string;
  kind: SitePartKind;
  /** Machines and parts whose network goes through this one. */
  connects?: readonly string[];
  /** Machines and parts that get their power from this one. */
  powers?: readonly string[];
}

export interface SiteState {
  hasPower: boolean;
  isConnected: boolean;
}

export type SiteListener = (machine: string, state: SiteState) => void;

export class Site {
  readonly #machines: readonly string[];
  readonly #parts = new Map<string, SitePart>();
  readonly #broken = new Set<string>();
  /** Machines that were switched off, or whose cable was pulled, by hand. */
  readonly #switchedOff = new Set<string>();
  readonly #unplugged = new Set<string>();
  readonly #states = new Map<string, SiteState>();
  readonly #listeners: SiteListener[] = [];

  constructor(machines: readonly string[], parts: readonly SitePart[] = []) {
    this.#machines = [...machines];
    for (const part of parts) {
      assert(!this.#parts.has(part.name), `site part ${part.name} is given twice`);
      this.#parts.set(part.name, part);
    }
    for (const machine of machines) this.#states.set(machine, { hasPower: true, isConnected: true });
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

  /** A part breaks, or is mended. */
  setPartWorking(name: string, isWorking: boolean): void {
    assert(this.#parts.has(name), `unknown site part ${name}`);
    this.#toggle(this.#broken, name, !isWorking);
  }

  setMachinePower(machine: string, isOn: boolean): void {
    this.state(machine);
    this.#toggle(this.#switchedOff, machine, !isOn);
  }

  setMachineConnected(machine: string, isConnected: boolean): void {
    this.state(machine);
    this.#toggle(this.#unplugged, machine, !isConnected);
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

  #suppliers(thing: string, relation: "powers" | "connects"): SitePart[] {
    return [...this.#parts.values()].filter((part) => part[relation]?.includes(thing));
  }

  #toggle(set: Set<string>, name: string, isIn: boolean): void {
    if (set.has(name) === isIn) return;
    if (isIn) set.add(name);
    else set.delete(name);
    this.#derive();
  }

  #derive(): void {
    for (const machine of this.#machines) {
      const hasPower = !this.#switchedOff.has(machine) && this.#isSupplied(machine, "powers", new Set());
      const isConnected = !this.#unplugged.has(machine) && this.#isSupplied(machine, "connects", new Set());
      const before = this.#states.get(machine)!;
      if (before.hasPower === hasPower && before.isConnected === isConnected) continue;
      const state = { hasPower, isConnected };
      this.#states.set(machine, state);
      for (const listener of [...this.#listeners]) listener(machine, state);
    }
  }

  /** With several suppliers one is enough (two power supplies, two uplinks); with none there is nothing to lose. */
  #isSupplied(thing: string, relation: "powers" | "connects", seen: Set<string>): boolean {
    if (seen.has(thing)) return true;
    seen.add(thing);
    const suppliers = this.#suppliers(thing, relation);
    if (suppliers.length === 0) return true;
    return suppliers.some((part) => this.#isWorking(part, seen) && (relation === "powers" || this.#isSupplied(part.name, "connects", seen)));
  }

  /** A part works when it is not broken and has power itself. */
  #isWorking(part: SitePart, seen: Set<string>): boolean {
    return !this.#broken.has(part.name) && this.#isSupplied(part.name, "powers", new Set(seen));
  }
}
