/** What is chance before the first fault, and a proof lets fall as badly as it can: the machine that is lost first leads, and holds the addresses. */
import type { Homelab } from "../../config/homelab.ts";
import type { Fault } from "../../scenarios/fault.ts";
import type { Site } from "../../sim/site/site.ts";

/** Hostnames of the machines that a fault takes. */
export function lostBy({ target }: Fault, homelab: Homelab, site: Site): readonly string[] {
  return homelab.machines[target] === undefined ? site.dependants(target) : [homelab.machines[target].hostname];
}

/** The server among them that would be missed most as the leader; undefined where no server is. */
export function leaderLostBy(fault: Fault, homelab: Homelab, site: Site): string | undefined {
  const lost = lostBy(fault, homelab, site);
  return Object.values(homelab.machines).find(({ roles, hostname }) => roles.includes("control-plane") && lost.includes(hostname))?.hostname;
}
