/** One trial: the cluster comes up, the events happen, everything is given back, and all of it has to come right again. Invariants look at every change on the way. */
import { createHash } from "node:crypto";
import type { Homelab } from "../../src/config/homelab.ts";
import { loadHomelab } from "../../src/config/load.ts";
import { seededRandom } from "../../src/lib/seeded-random.ts";
import { objectName } from "../../src/manifests/names.ts";
import type { KubeObject } from "../../src/objects/kube-object.ts";
import { breakableControlPlane, fileOptions } from "../../src/rehearse/cluster-options.ts";
import { beginFault, endFault } from "../../src/rehearse/faults/apply-fault.ts";
import type { Struck } from "../../src/rehearse/faults/fault-effect.ts";
import { siteOf } from "../../src/rehearse/prove/site-of.ts";
import { watchRest } from "../../src/rehearse/prove/rest.ts";
import { objectsToRehearse } from "../../src/rehearse/rehearsed-objects.ts";
import { simMachines } from "../../src/rehearse/sim-machines.ts";
import { skipQuiet } from "../../src/rehearse/skip-quiet.ts";
import { perform } from "../../src/rehearse/tell/acts.ts";
import { podsOf as podsOfTitle } from "../../src/rehearse/tell/pods-of.ts";
import type { Act } from "../../src/scenarios/act.ts";
import { type Fault, FAULTS, faultText } from "../../src/scenarios/fault.ts";
import { ApiError } from "../../src/sim/api/status.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { connectSite } from "../../src/sim/site/connect-site.ts";
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
import { isReady, keyOf, type Watched } from "./invariants/watched.ts";
import { homelabText, type Trial, type TrialStep } from "./trial.ts";

const INVARIANTS = { oneIdentity, budgetKept, podsFit, quorumWrites, revisionsRise, oneAttachment, rolloutKept, endpointsFollow };

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
/** Faults that keep a server from taking part while its machine runs. */
const HINDERING = ["etcd-member-lost", "address-changed", "api-stalled", "disk-full"];

/** Kinds that a home's platform has for itself are left out: nothing here looks at them, and every one costs time. */
const KINDS: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  StorageClass: "storage.k8s.io/storageclasses",
  PersistentVolumeClaim: "persistentvolumeclaims",
  Service: "services",
  Deployment: "apps/deployments",
  StatefulSet: "apps/statefulsets",
  DaemonSet: "apps/daemonsets",
  PodDisruptionBudget: "policy/poddisruptionbudgets",
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
  const cluster = new Cluster({ ...fileOptions(homelab, machines), staticPods: {}, seed: `property ${trial.seed}`, startMs: nowMs, certificates: CERTIFICATES, controlPlane: breakableControlPlane(homelab, site), snapshot, log: () => undefined });
  connectSite(site, cluster);
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
  readonly hindered = new Map<string, number>();
  readonly forced = new Set<string>();
  ledSinceMs: number | undefined;
  hasBegun = false;
  readonly #struck: Struck;
  readonly #startMs: number;
  readonly #digest = createHash("sha256");
  readonly #stops: (() => void)[] = [];
  readonly #open: Fault[] = [];
  /** What somebody wanted to put right while the API was away. */
  readonly #refused: Fault[] = [];
  #changeCount = 0;
  #failure: Failure | undefined;

  constructor(trial: Trial, struck: Struck) {
    this.trial = trial;
    this.#struck = struck;
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
    const watches = (["pods", "nodes", "apps/replicasets"] as const).map((type) => new FollowedWatch(this.cluster, type));
    this.#stops.push(...watches.map((watch) => () => watch.stop()));
    // The watches begin, and what they were answered arrives.
    this.cluster.run(LOOK_MS);
    await Promise.resolve();
    await new Promise<void>((resolve) => setImmediate(resolve));
    const beganMs = this.cluster.loop.now();
    for (const { atMs, take } of this.#timetable()) {
      const leftMs = beganMs + atMs - this.cluster.loop.now();
      if (leftMs > 0) this.#pass(leftMs);
      if (this.#failure !== undefined) return;
      take();
    }
    this.#heal();
    this.#converge();
    for (const watch of watches) this.report("watched", watch.problem);
  }

  /** What begins and ends, in order. */
  #timetable(): { atMs: number; take: () => void }[] {
    return this.trial.steps
      .flatMap((step) => {
        const { event, atMs } = step;
        const begin = { atMs, take: () => this.#take(step) };
        return event.does !== "fault" || FAULTS[event.fault.id].isMoment ? [begin] : [begin, { atMs: atMs + event.forMs, take: () => this.#end(event.fault) }];
      })
      .sort((a, b) => a.atMs - b.atMs);
  }

  #take({ event, id }: TrialStep): void {
    const { client } = this.cluster;
    switch (event.does) {
      case "fault":
        return this.#begin(event.fault);
      case "act":
        this.#noteForce(event.act);
        return perform(this.#struck, event.act, () => undefined);
      case "scale":
      case "roll": {
        const [type, name] = this.#workload(event.app);
        const change = event.does === "scale" ? { replicas: event.replicas } : { template: { metadata: { annotations: { version: id } } } };
        return void this.#asSomebody(() => void client.patch(type, event.app, name, { spec: change }));
      }
    }
  }

  /** A person is refused while the API is away, as everybody is: false then. */
  #asSomebody(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return false;
    }
  }

  #workload(app: string): [type: string, name: string] {
    const described = this.#struck.homelab.apps[app]!;
    const service = Object.values(described.services)[0]!;
    return [{ deployment: "apps/deployments", "stateful-set": "apps/statefulsets", "daemon-set": "apps/daemonsets" }[service.kind], objectName(described, service.name)];
  }

  #begin(fault: Fault): void {
    this.#asSomebody(() => {
      if (HINDERING.includes(fault.id)) this.hindered.set(fault.target, (this.hindered.get(fault.target) ?? 0) + 1);
      beginFault(this.#struck, fault);
      if (!FAULTS[fault.id].isMoment) this.#open.push(fault);
    });
  }

  #end(fault: Fault): void {
    const index = this.#open.findIndex((open) => faultText(open) === faultText(fault));
    if (index < 0) return;
    this.#open.splice(index, 1);
    if (HINDERING.includes(fault.id)) this.hindered.set(fault.target, (this.hindered.get(fault.target) ?? 1) - 1);
    // The same again on the same has no more effect than once: it ends with the last.
    if (this.#open.some((open) => faultText(open) === faultText(fault))) return;
    if (!this.#asSomebody(() => endFault(this.#struck, fault))) this.#refused.push(fault);
  }

  #noteForce({ id, target }: Act): void {
    if (id === "out-of-service" || id === "delete-node") this.forced.add(target);
    if (id === "force-delete-pod") for (const pod of podsOfTitle(this.cluster.client, target)) this.forced.add(keyOf(pod));
    if (id === "force-delete-pod") for (const pod of this.cluster.client.list("pods", { namespace: target.split("/")[0]! })) this.forced.add(keyOf(pod));
  }

  #apply(): void {
    const { homelab } = this.#struck;
    for (const object of objectsToRehearse(homelab, seededRandom("secrets"))) {
      const type = KINDS[object.kind];
      if (type === undefined || !isOfApps(homelab, object)) continue;
      this.cluster.client.create(type, object);
    }
  }

  /** Everything is given back: faults end, nodes are open and in service, those that were deleted start anew. */
  #heal(): void {
    for (const fault of [...this.#open].reverse()) this.#end(fault);
    this.#pass(MINUTE_MS);
    const { client } = this.cluster;
    for (let attempt = 0; attempt < 10 && this.cluster.controlPlane?.outage !== undefined; attempt++) this.cluster.run(LOOK_MS);
    for (const fault of this.#refused) this.#asSomebody(() => endFault(this.#struck, fault));
    const isNode = ({ id }: { id: string }): boolean => client.get("nodes", undefined, id) !== undefined;
    for (const { id } of this.trial.machines.filter(isNode)) for (const act of ["uncordon", "in-service"] as const) perform(this.#struck, { id: act, target: id }, () => undefined);
    this.#deleteStuckPods();
    // Last, as servers that start anew can take the API with them for a while.
    for (const { id } of this.trial.machines) if (!isNode({ id })) beginFault(this.#struck, { id: "reboot", target: id });
  }

  /** A StatefulSet does not take back by itself a pod that never became ready: "Forced rollback" in its documentation asks for this. */
  #deleteStuckPods(): void {
    const { client } = this.cluster;
    for (const { id, kind } of this.trial.apps) {
      if (kind !== "stateful-set" || !this.trial.steps.some(({ event }) => event.does === "fault" && event.fault.id === "bad-image" && event.fault.target === id)) continue;
      for (const pod of client.list("pods", { namespace: id })) if (!isReady(pod)) this.#asSomebody(() => client.delete("pods", id, pod.metadata.name));
    }
  }

  #converge(): void {
    const untilMs = this.cluster.loop.now() + CONVERGED_WITHIN_MS;
    let problems = notConverged(this);
    while (problems.length > 0 && this.cluster.loop.now() < untilMs && this.#failure === undefined) {
      this.#pass(LOOK_MS);
      problems = notConverged(this);
    }
    if (problems.length > 0) this.report("converged", problems.join("; "));
  }

  /** Time in which nothing but heartbeats would happen is left out. */
  #pass(durationMs: number): void {
    const { cluster, site } = this.#struck;
    const untilMs = cluster.loop.now() + durationMs;
    const rest = watchRest(cluster, site);
    while (cluster.loop.now() < untilMs && this.#failure === undefined) {
      cluster.run(Math.min(LOOK_MS, untilMs - cluster.loop.now()));
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
