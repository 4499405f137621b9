/** What a site part takes with it when it fails: everything it powers, connects or runs, and so on from there. */
import type { Homelab } from "../../config/homelab.ts";
import { own } from "../../lib/own.ts";

/** Names of the machines that go down or lose the network when this part fails, in the file's order. */
export function machinesLostWith(homelab: Homelab, partName: string): string[] {
  const lost = new Set<string>();
  const queue = [partName];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (lost.has(name)) continue;
    lost.add(name);
    const part = own(homelab.site, name);
    if (part !== undefined) queue.push(...part.connects, ...part.powers, ...part.runs);
  }
  return Object.keys(homelab.machines).filter((machine) => lost.has(machine));
}

/** Members that must live for a majority. */
export function quorum(members: number): number {
  return Math.floor(members / 2) + 1;
}
