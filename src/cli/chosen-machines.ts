/** Machines named on a command line: by name, by role, or all. */
import type { Homelab, Machine, Role } from "../config/homelab.ts";
import { nearestName } from "../lib/nearest-name.ts";
import { own } from "../lib/own.ts";

const ROLES: readonly Role[] = ["control-plane", "worker", "load-balancer"];

/** In the file's order; a sentence where a word is neither a machine nor a role. */
export function chosenMachines(homelab: Homelab, words: readonly string[]): Machine[] | string {
  const chosen = new Set<Machine>();
  const all = Object.values(homelab.machines);
  for (const word of words) {
    const machine = own(homelab.machines, word);
    if (machine !== undefined) chosen.add(machine);
    else if (word === "all") for (const one of all) chosen.add(one);
    else if ((ROLES as readonly string[]).includes(word)) for (const one of all.filter(({ roles }) => roles.includes(word as Role))) chosen.add(one);
    else {
      const meant = nearestName(word, [...all.map(({ name }) => name), ...ROLES, "all"]);
      return `${word} is no machine of ${homelab.name}, and no role${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    }
  }
  return all.filter((machine) => chosen.has(machine));
}
