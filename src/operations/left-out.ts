/** Nodes that nobody waits for: of machines that are away, and of those that must not join while others are. */
import type { Homelab } from "../config/homelab.ts";
import { hasJoined, joinWaitsFor } from "../steps/absent-machines.ts";
import { nodeMachines } from "./node-settings.ts";
import { awayNames, clusterView, type Observed } from "./observe.ts";

/** Names of nodes whose machines do not answer. */
export function awayNodes(homelab: Homelab, observed: Pick<Observed, "away">): string[] {
  const away = awayNames(observed);
  return nodeMachines(homelab).filter(({ name }) => away.includes(name)).map(({ hostname }) => hostname);
}

/** Those, and nodes that there will not be before they answer. */
export function leftOutNodes(homelab: Homelab, observed: Pick<Observed, "facts" | "away">): string[] {
  if (observed.away.length === 0) return [];
  const view = clusterView(homelab, observed);
  const held = nodeMachines(homelab).filter((machine) => observed.facts[machine.name] !== undefined && !hasJoined(homelab, observed.facts[machine.name]) && joinWaitsFor(homelab, machine, view) !== undefined);
  return [...awayNodes(homelab, observed), ...held.map(({ hostname }) => hostname)];
}
