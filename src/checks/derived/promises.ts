/** What a promise asks of the machines. */
import type { AppPromise, Homelab } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";
import { machinesLostWith } from "./site-reach.ts";
import { partText } from "./text.ts";

/** The most machines that fail at once in what the promise names; 0 without one. A site part counts by the control planes and workers it takes. */
export function machinesToSurvive(homelab: Homelab, promise: AppPromise | undefined): number {
  let most = 0;
  for (const survival of promise?.survives ?? []) {
    if (survival.kind === "one-machine") most = Math.max(most, 1);
    if (survival.kind === "two-machines") most = Math.max(most, 2);
    if (survival.kind === "named" && own(homelab.machines, survival.name) !== undefined) most = Math.max(most, 1);
  }
  return most;
}

/** Sets of machines that one thing named by the promise takes away: each machine, each pair, each site part's. */
export function failuresOf(homelab: Homelab, promise: AppPromise | undefined): { what: string; machines: readonly string[] }[] {
  // Asked for each app, and there are many machines.
  if (promise === undefined) return [];
  const names = Object.keys(homelab.machines);
  const failures: { what: string; machines: readonly string[] }[] = [];
  for (const survival of promise.survives) {
    if (survival.kind === "one-machine") for (const name of names) failures.push({ what: `machine ${name}`, machines: [name] });
    if (survival.kind === "two-machines") {
      for (const [index, first] of names.entries()) for (const second of names.slice(index + 1)) failures.push({ what: `machines ${first} and ${second}`, machines: [first, second] });
    }
    if (survival.kind === "one-site-part") for (const part of Object.values(homelab.site)) failures.push({ what: partText(part), machines: machinesLostWith(homelab, part.name) });
    if (survival.kind === "named") failures.push({ what: survival.name, machines: own(homelab.machines, survival.name) === undefined ? machinesLostWith(homelab, survival.name) : [survival.name] });
  }
  return failures;
}
