/** Losses that others of the same scenario bring with them: a machine has no power to lose behind a power strip that is off. Without them nothing goes another way. */
import type { Homelab } from "../../config/homelab.ts";
import type { Fault } from "../../scenarios/fault.ts";
import { losing, type Scenario } from "../../scenarios/scenario.ts";

/** The scenario without what is covered in it; the same one where nothing is. */
export function withoutCovered(homelab: Homelab, scenario: Scenario): Scenario {
  const { steps, isOneByOne } = scenario;
  const [first, second] = steps;
  // What is gone when it would be lost; what is lost first is another matter.
  if (isOneByOne === true) return first !== undefined && second !== undefined && covers(homelab, first.fault, second.fault) ? losing([first.fault]) : scenario;
  if (steps.length < 2 || steps.some(({ atMs, does }) => atMs > 0 || does !== "begin")) return scenario;
  const faults = steps.map(({ fault }) => fault);
  const left = faults.filter((fault) => !faults.some((other) => other !== fault && covers(homelab, other, fault)));
  return left.length === faults.length ? scenario : losing(left);
}

/** Both begin and end at the same moments. */
function covers(homelab: Homelab, by: Fault, { id, target }: Fault): boolean {
  if (by.id !== "part-off" || by.target === target) return false;
  if (homelab.machines[target] === undefined) return id === "part-off" && homelab.site[target]?.kind !== "ups" && isPoweredBy(homelab, target, by.target);
  if (id === "power-off") return isPoweredBy(homelab, target, by.target);
  return id === "network-cut" && (isPoweredBy(homelab, target, by.target) || isConnectedBy(homelab, target, by.target));
}

/** Whether all the power of a machine or part comes through this one; a UPS in between holds it up. */
function isPoweredBy(homelab: Homelab, thing: string, source: string): boolean {
  const suppliers = Object.values(homelab.site).filter(({ powers, runs }) => powers.includes(thing) || runs.includes(thing));
  return suppliers.length > 0 && suppliers.every(({ name, kind }) => name === source || (kind !== "ups" && isPoweredBy(homelab, name, source)));
}

/** Whether a machine's network is this one part and nothing else: without it, it reaches nobody. */
function isConnectedBy(homelab: Homelab, machine: string, source: string): boolean {
  const suppliers = Object.values(homelab.site).filter(({ connects, runs }) => connects.includes(machine) || runs.includes(machine));
  return suppliers.length > 0 && suppliers.every(({ name }) => name === source);
}
