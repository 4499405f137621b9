/**
 * A cluster at rest, kept so that any number of clusters begin where it was. Everything that happened before the first fault is the same for all scenarios
 * and happens once: the objects, and what runs on the machines. Control loops start anew, as after a restart of their processes.
 */
import type { Homelab } from "../../config/homelab.ts";
import type { Fault } from "../../scenarios/fault.ts";
import type { CertificateIssuer } from "../../ports/certificate-issuer.ts";
import { Cluster, type ClusterOptions } from "../../sim/cluster.ts";
import { connectSite } from "../../sim/site/connect-site.ts";
import type { Site } from "../../sim/site/site.ts";
import { breakableControlPlane, type FileOptions, fileOptions } from "../cluster-options.ts";
import { simMachines } from "../sim-machines.ts";
import { siteOf } from "./site-of.ts";
import { leaderLostBy } from "./worst-chance.ts";

/** Plain data: another thread gets it as a message. */
export interface WarmStart {
  seed: string;
  nowMs: number;
  store: NonNullable<ClusterOptions["snapshot"]>;
  running: NonNullable<ClusterOptions["running"]>;
  volumes: NonNullable<ClusterOptions["volumes"]>;
}

export interface WarmCluster {
  cluster: Cluster;
  site: Site;
}

export function warmStartOf({ loop, registry, agents, volumes }: Cluster, seed: string): WarmStart {
  return { seed, nowMs: loop.now(), store: registry.store.dump(), running: agents.state(), volumes: volumes.state };
}

export class WarmClusters {
  readonly #homelab: Homelab;
  readonly #start: WarmStart;
  readonly #certificates: CertificateIssuer;
  readonly #fileOptions: FileOptions;
  readonly #log: (line: string) => void;
  readonly #isClosed: boolean;

  /** `isClosed`: nobody but the proof reads or writes them. */
  constructor(homelab: Homelab, start: WarmStart, certificates: CertificateIssuer, log: (line: string) => void, isClosed = true) {
    this.#homelab = homelab;
    this.#start = start;
    this.#certificates = certificates;
    this.#fileOptions = fileOptions(homelab, simMachines(homelab));
    this.#log = log;
    this.#isClosed = isClosed;
  }

  /** One more, as all others, but that whom this fault takes first has led from the start. */
  next(fault?: Fault): WarmCluster {
    const { seed, nowMs, store, running, volumes } = this.#start;
    const site = siteOf(this.#homelab);
    const leader = fault && leaderLostBy(fault, this.#homelab, site);
    const cluster = new Cluster({
      ...this.#fileOptions,
      // Chance goes on where it was: the same seed again would give out the same names and uids again.
      seed: `${seed}@${store.revision}`,
      startMs: nowMs,
      certificates: this.#certificates,
      controlPlane: { ...breakableControlPlane(this.#homelab, site), ...(leader === undefined ? {} : { leader }) },
      snapshot: store,
      running,
      volumes,
      isClosed: this.#isClosed,
      log: this.#log,
    });
    connectSite(site, cluster);
    return { cluster, site };
  }
}
