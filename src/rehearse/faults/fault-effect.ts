/**
 * What a fault does to the embedded cluster, and how it ends there. An effect keeps nothing for itself: what it changed is in the site, the
 * cluster and its objects, so that (fault, target) is enough to end it, also on a cluster that was resumed in between.
 */
import type { Homelab } from "../../config/homelab.ts";
import type { Cluster } from "../../sim/cluster.ts";
import type { Site } from "../../sim/site/site.ts";

export interface Struck {
  readonly homelab: Homelab;
  readonly cluster: Cluster;
  readonly site: Site;
}

export interface FaultEffect {
  /** `target`: as in the file; "" for the whole home. `amount`: as the fault's kind has it. */
  begin(struck: Struck, target: string, amount?: string): void;
  end(struck: Struck, target: string): void;
}

/** The node name of a machine of the file. */
export const nodeOf = ({ homelab }: Struck, machine: string): string => homelab.machines[machine]?.hostname ?? machine;

export const isServer = ({ homelab }: Struck, machine: string): boolean => homelab.machines[machine]?.roles.includes("control-plane") === true;
