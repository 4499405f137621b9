/** One trial: the cluster comes up, the events happen, everything is given back, and all of it has to come right again. Invariants look at every change on the way. */
import { createHash } from "node:crypto";
import type { Homelab } from "../../src/config/homelab.ts";
import { loadHomelab } from "../../src/config/load.ts";
import { seededRandom } from "../../src/lib/seeded-random.ts";
import type { KubeObject } from "../../src/objects/kube-object.ts";
import { breakableControlPlane, fileOptions } from "../../src/rehearse/cluster-options.ts";
import type { Struck } from "../../src/rehearse/faults/fault-effect.ts";
import { siteOf } from "../../src/rehearse/prove/site-of.ts";
import { UserView } from "../../src/rehearse/prove/user-view.ts";
import { watchRest } from "../../src/rehearse/prove/rest.ts";
import { objectsToRehearse } from "../../src/rehearse/rehearsed-objects.ts";
import { simMachines } from "../../src/rehearse/sim-machines.ts";
import { skipQuiet } from "../../src/rehearse/skip-quiet.ts";
import { wayToRegistries } from "../../src/rehearse/way-to-registries.ts";
import type { FaultId } from "../../src/scenarios/fault.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { connectSite } from "../../src/sim/site/connect-site.ts";
import type { Site } from "../../src/sim/site/site.ts";
import { CERTIFICATES, emptyCluster } from "./base.ts";
import { budgetKept } from "./invariants/budget-kept.ts";
import { notConverged } from "./invariants/converged.ts";
import { endpointsFollow } from "./invariants/endpoints-follow.ts";
import { oneAttachment } from "./invariants/one-attachment.ts";
import { oneIdentity } from "./invariants/one-identity.ts";
import { podsFit } from "./invariants/pods-fit.ts";
import { quorumWrites } from "./invariants/quorum-writes.ts";
import { FollowedWatch, revisionsRise } from "./invariants/revisions-rise.ts";
import { rolloutKept } from "./invariants/rollout-kept.ts";
import { seenAnew, unserved } from "./invariants/seen-anew.ts";
import { silentNodes } from "./invariants/silent-nodes.ts";
import type { Watched } from "./invariants/watched.ts";
import { webhookAsked } from "./invariants/webhook-asked.ts";
import { TrialEvents } from "./trial-events.ts";
import { homelabText } from "./trial-text.ts";
import type { Trial } from "./trial.ts";

const INVARIANTS = { oneIdentity, budgetKept, podsFit, quorumWrites, silentNodes, revisionsRise, oneAttachment, rolloutKept, endpointsFollow, webhookAsked };

export interface Failure {
  /** Which invariant, or `converged`, or `crashed`. */
  what: string;
  /** Since the trial's beginning. */
  atMs: number;
  why: string;
}

export interface TrialResult {
  failure: Failure | undefined;
  /** Of every change in its order: what, when, at which revision. */
  digest: string;
  changeCount: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const BOOT_MS = 30 * SECOND_MS;
/** Until pods run, in a home that can run them. */
const BEGIN_MS = 2 * MINUTE_MS;
/** Longer than everything that waits by itself, one after the other: a back-off of five minutes, six until a volume is taken away by force, five of a toleration. */
const CONVERGED_WITHIN_MS = 25 * MINUTE_MS;
/** Longer than any of them alone. */
const QUIET_MS = 8 * MINUTE_MS;
const LOOK_MS = 10 * SECOND_MS;
const MISSED_MS = 5 * SECOND_MS;

/** Kinds of which nothing here looks at any are left out: every one costs time. */
const KINDS: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  ConfigMap: "configmaps",
  StorageClass: "storage.k8s.io/storageclasses",
  PersistentVolumeClaim: "persistentvolumeclaims",
  Service: "services",
  Deployment: "apps/deployments",
  StatefulSet: "apps/statefulsets",
  DaemonSet: "apps/daemonsets",
  PodDisruptionBudget: "policy/poddisruptionbudgets",
  HorizontalPodAutoscaler: "autoscaling/horizontalpodautoscalers",
};

async function homelabOf(trial: Trial): Promise<Homelab> {
  const { homelab, findings } = await loadHomelab("homelab.yaml", { env: {}, readFile: () => homelabText(trial) });
  if (homelab === undefined || findings.length > 0) throw new Error(`the trial's homelab is no homelab: ${findings.map(({ line, message }) => `${line}: ${message}`).join("; ")}\n${homelabText(trial)}`);
  return homelab;
}

export async function runTrial(trial: Trial): Promise<TrialResult> {
  const homelab = await homelabOf(trial);
  const site = siteOf(homelab);
  const { nowMs, snapshot } = emptyCluster();
  const machines = simMachines(homelab);
  const cluster = new Cluster({ ...fileOptions(homelab, machines), staticPods: {}, hasMetricsServer: true, isClosed: trial.isClosed, seed: `property ${trial.seed}`, startMs: nowMs, certificates: CERTIFICATES, controlPlane: breakableControlPlane(homelab, site), snapshot, log: () => undefined });
  connectSite(site, cluster);
  cluster.agents.registries.wayTo = wayToRegistries({ homelab, site, cluster }, () => true);
  const run = new TrialRun(trial, { homelab, site, cluster });
  try {
    return await run.result();
  } finally {
    run.stop();
    await cluster.close();
  }
}

class TrialRun implements Watched {
  readonly trial: Trial;
  ledSinceMs: number | undefined;
  hasBegun = false;
  readonly #struck: Struck;
  readonly #events: TrialEvents;
  readonly #users: UserView;
  readonly #startMs: number;
  readonly #digest = createHash("sha256");
  readonly #stops: (() => void)[] = [];
  #changeCount = 0;
  #failure: Failure | undefined;

  constructor(trial: Trial, struck: Struck) {
    this.trial = trial;
    this.#struck = struck;
    this.#events = new TrialEvents(trial, struck);
    this.#users = new UserView(struck.homelab, struck.cluster, struck.site);
    this.#stops.push(() => this.#users.stop());
    const { loop, registry, controlPlane } = this.cluster;
    this.#startMs = loop.now();
    this.ledSinceMs = loop.now();
    const invariants = Object.entries(INVARIANTS).map(([name, begin]) => [name, begin(this)] as const);
    this.#stops.push(
      registry.store.listen(undefined, (change) => {
        this.#changeCount++;
        this.#digest.update(`${loop.now() - this.#startMs} ${change.kind} ${change.type} ${change.key} ${change.revision}\n`);
        for (const [name, look] of invariants) this.report(name, look(change));
      }),
      controlPlane!.onTurn(() => {
        this.ledSinceMs = controlPlane!.loopLeader === undefined || controlPlane!.outage !== undefined ? undefined : loop.now();
      }),
    );
  }

  get cluster(): Cluster {
    return this.#struck.cluster;
  }

  get site(): Site {
    return this.#struck.site;
  }

  get hindered(): ReadonlyMap<string, number> {
    return this.#events.hindered;
  }

  get forced(): ReadonlySet<string> {
    return this.#events.forced;
  }

  isUnderWay(id: FaultId): boolean {
    return this.#events.isUnderWay(id);
  }

  async result(): Promise<TrialResult> {
    try {
      await this.#run();
    } catch (error) {
      this.report("crashed", error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    return { failure: this.#failure, digest: this.#digest.digest("hex"), changeCount: this.#changeCount };
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  report(what: string, why: string | undefined): void {
    if (why !== undefined) this.#failure ??= { what, why, atMs: this.cluster.loop.now() - this.#startMs };
  }

  async #run(): Promise<void> {
    this.cluster.run(BOOT_MS);
    this.hasBegun = true;
    this.#apply();
    this.cluster.run(BEGIN_MS);
    const beganMs = this.cluster.loop.now();
    let watches: FollowedWatch[] | undefined;
    for (const { atMs, take } of this.#events.timetable()) {
      const leftMs = beganMs + atMs - this.cluster.loop.now();
      if (leftMs > 0) this.#pass(leftMs);
      if (this.#failure !== undefined) return;
      const isFirst = watches === undefined;
      watches ??= this.#follow();
      take();
      // They begin when they have missed what the first event brought about.
      if (isFirst) this.#pass(MISSED_MS);
      for (const watch of watches) await watch.open();
    }
    this.#heal();
    this.#converge();
    for (const watch of watches ?? []) this.report("watched", watch.problem);
  }

  #follow(): FollowedWatch[] {
    const watches = (["pods", "nodes", "apps/replicasets"] as const).map((type) => new FollowedWatch(this.cluster, type));
    this.#stops.push(...watches.map((watch) => () => watch.stop()));
    return watches;
  }

  #apply(): void {
    const { homelab } = this.#struck;
    for (const object of objectsToRehearse(homelab, seededRandom("secrets"))) {
      const type = KINDS[object.kind];
      if (type === undefined || !(isOfApps(homelab, object) || (this.trial.hasPlatform && isOfPlatform(object)))) continue;
      this.cluster.client.create(type, object);
    }
  }

  /** Everything is given back. */
  #heal(): void {
    this.#events.endAll();
    this.#pass(MINUTE_MS);
    for (let attempt = 0; attempt < 10 && this.cluster.controlPlane?.outage !== undefined; attempt++) this.cluster.run(LOOK_MS);
    this.#events.tidy();
  }

  #converge(): void {
    const untilMs = this.cluster.loop.now() + CONVERGED_WITHIN_MS;
    const { homelab } = this.#struck;
    const wrong = (): string[] => [...notConverged(this), ...unserved(this, homelab, this.#users)];
    let problems = wrong();
    while (problems.length > 0 && this.cluster.loop.now() < untilMs && this.#failure === undefined) {
      this.#pass(LOOK_MS);
      problems = wrong();
    }
    if (problems.length > 0) this.report("converged", problems.join("; "));
  }

  /** Time in which nothing but heartbeats would happen is left out. */
  #pass(durationMs: number): void {
    const { cluster, site, homelab } = this.#struck;
    const untilMs = cluster.loop.now() + durationMs;
    const rest = watchRest(cluster, site);
    while (cluster.loop.now() < untilMs && this.#failure === undefined) {
      cluster.run(Math.min(LOOK_MS, untilMs - cluster.loop.now()));
      this.report("seenAnew", seenAnew(homelab, this.#users));
      skipQuiet(cluster.loop, rest.lastMs, Math.min(rest.lastMs + QUIET_MS, untilMs));
    }
    rest.stop();
  }
}

function isOfApps(homelab: Homelab, { kind, metadata }: KubeObject): boolean {
  if (kind === "StorageClass") return true;
  const namespace = kind === "Namespace" ? metadata.name : metadata.namespace;
  return Object.values(homelab.apps).some((app) => app.namespace === namespace);
}

/** The cluster's DNS, the ingress and the agents of the pods' network: of the platform, what faults strike. */
function isOfPlatform({ kind, metadata: { name, namespace } }: KubeObject): boolean {
  if (kind === "Namespace") return PLATFORM_NAMESPACES.includes(name);
  return PLATFORM_NAMESPACES.includes(namespace ?? "") || (namespace === "kube-system" && PLATFORM_NAMES.includes(name));
}

const PLATFORM_NAMESPACES = ["traefik", "kube-flannel", "calico-system"];
const PLATFORM_NAMES = ["coredns", "kube-dns", "traefik", "cilium", "cilium-operator", "kube-router", "kube-router-cfg"];
