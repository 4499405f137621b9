/** Which machines are gone in a scenario, by their node names. */
import type { Homelab } from "../../../config/homelab.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import type { Site } from "../../../sim/site/site.ts";
import { lostBy } from "../worst-chance.ts";

/** Those that faults name, and those that hang on a part that they name; none where they befall an app, a registry or the whole home. */
export function machinesLostIn(homelab: Homelab, site: Site, { steps }: Scenario): string[] {
  return [...new Set(steps.filter(({ does }) => does === "begin").flatMap(({ fault }) => lostBy(fault, homelab, site)))];
}
