/** What is lost in the scenario that decided. */
import { machinesLostWith } from "../../../checks/derived/site-reach.ts";
import type { Homelab, SitePart } from "../../../config/homelab.ts";
import type { Judged } from "../verdict.ts";

export const targetsOf = ({ worst }: Judged): string[] => worst!.outcome.scenario.steps.map(({ fault }) => fault.target);

export const partsLost = (homelab: Homelab, judged: Judged): SitePart[] => targetsOf(judged).flatMap((target) => homelab.site[target] ?? []);

/** By name: themselves, and those on a part that is lost. */
export const machinesLost = (homelab: Homelab, judged: Judged): string[] => [...new Set(targetsOf(judged).flatMap((target) => (homelab.machines[target] === undefined ? machinesLostWith(homelab, target) : [target])))];

/** Other parts of the same kind on which a machine hangs. */
export const likeIt = (homelab: Homelab, { kind, name }: SitePart): SitePart[] => Object.values(homelab.site).filter((other) => other.kind === kind && other.name !== name && machinesLostWith(homelab, other.name).length > 0);
