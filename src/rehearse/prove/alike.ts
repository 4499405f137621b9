/**
 * Losses that are one by two names: a power strip with one machine on it is off when that machine is. Its power is all that nothing else asks about, so what happens
 * is the same to the millisecond.
 */
import type { Homelab } from "../../config/homelab.ts";
import type { Fault } from "../../scenarios/fault.ts";
import { losing, losingOneByOne, type Scenario } from "../../scenarios/scenario.ts";

/** The scenario with the machine's name for each such part, in the same order; the same one where there is none. */
export function withMachineFor(homelab: Homelab, scenario: Scenario): Scenario {
  const { steps, isOneByOne, title, atRest } = scenario;
  if (title !== undefined || atRest !== undefined || steps.some(({ atMs, does }) => atMs > 0 || does !== "begin")) return scenario;
  const faults = steps.map(({ fault }) => feltAs(homelab, fault));
  if (faults.every((fault, index) => fault === steps[index]!.fault)) return scenario;
  return isOneByOne === true ? losingOneByOne(faults) : losing(faults);
}

function feltAs(homelab: Homelab, fault: Fault): Fault {
  const machine = fault.id === "part-off" ? onlyMachineOn(homelab, fault.target) : undefined;
  return machine === undefined ? fault : { id: "power-off", target: machine };
}

function onlyMachineOn(homelab: Homelab, name: string): string | undefined {
  const part = homelab.site[name];
  if (part === undefined || (part.kind !== "power-strip" && part.kind !== "ups")) return undefined;
  const [machine, ...more] = part.powers;
  if (machine === undefined || homelab.machines[machine] === undefined || more.length + part.connects.length + part.runs.length > 0) return undefined;
  // With a second supply it goes on.
  const suppliers = Object.values(homelab.site).filter(({ powers, runs }) => powers.includes(machine) || runs.includes(machine));
  return suppliers.length === 1 ? machine : undefined;
}
