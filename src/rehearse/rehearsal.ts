/**
 * A homelab, rehearsed: starts the embedded cluster with its machines, applies every object through the HTTP API, waits until all is ready,
 * and keeps it. Prints nothing; what happens is told through `onProgress`.
 */
import type { Homelab } from "../config/homelab.ts";
import { ApplyFailed, applyAll } from "../kube/apply-all.ts";
import { KubeClient } from "../kube/kube-client.ts";
import { assert } from "../lib/assert.ts";
import { equalJson } from "../lib/json.ts";
import { seededRandom } from "../lib/seeded-random.ts";
import { FIELD_MANAGER } from "../manifests/names.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { CertificateIssuer, KeyPair } from "../ports/certificate-issuer.ts";
import type { Clock } from "../ports/clock.ts";
import type { KubeTransport } from "../ports/kube-transport.ts";
import type { WebhookTransport } from "../ports/webhook-transport.ts";
import { Cluster } from "../sim/cluster.ts";
import { connectSite } from "../sim/site/connect-site.ts";
import type { Site } from "../sim/site/site.ts";
import { breakableControlPlane, fileOptions } from "./cluster-options.ts";
import { siteOf } from "./prove/site-of.ts";
import { type IngressListener, listenIngress } from "../sim/ingress/ingress-listener.ts";
import type { SimMachine } from "../sim/machine.ts";
import type { TieBreak } from "../sim/scheduler/tie-break.ts";
import { type AppAddress, appAddresses } from "../manifests/app-addresses.ts";
import { inProcessTransport } from "./in-process-transport.ts";
import { compareObjects, type ObjectDifference, objectKey, type ObjectName } from "./object-difference.ts";
import { gatherProgress, type Progress, type Waiting, whatIsWaiting } from "./progress.ts";
import { objectsToRehearse, staticPodsOf } from "./rehearsed-objects.ts";
import { simMachines } from "./sim-machines.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";
import { Stall } from "./stall.ts";

export interface Ports {
  /** 0: any free one. */
  api: number;
  http: number;
  https: number;
}

/** Sockets and real time. */
export interface Serving {
  host: string;
  ports: Ports;
  /** How the objects reach the API, once it listens. */
  transport(server: string, authority: string, client: KeyPair): KubeTransport;
  /** How the API server calls admission webhooks outside. */
  webhooks: WebhookTransport;
  /** Simulated milliseconds per real one until all is ready; afterwards 1. */
  factor: number;
}

export interface RehearsalOptions {
  homelab: Homelab;
  seed: string;
  clock: Clock;
  certificates: CertificateIssuer;
  /** Without it there is no socket, and time jumps from event to event. */
  serving?: Serving;
  /** Simulated time that everything may take to become ready. */
  readyWithinMs: number;
  /** Simulated time after which a cluster in which nothing gets closer to ready is given up. */
  stalledAfterMs: number;
  snapshot?: Snapshot;
  /** Keep this much behind the present once all is ready, so that a resume can run fast without passing it. */
  behindPresentMs: number;
  /** Things will break: the API is up while the machines that keep it up are. Without it, it always is. */
  isBreakable?: boolean;
  /** Nobody reads the cluster from outside, during or after: it keeps no events, and not who owns which field. All else is as with them. */
  isUnread?: boolean;
  /** How the scheduler chooses between equals, where it is not left to chance alone. */
  ties?: TieBreak;
  onProgress(progress: Progress): void;
  log(line: string): void;
}

export type Outcome = { isReady: true; simulatedMs: number } | { isReady: false; why: string; waiting: Waiting[] };

/** What another file would change. */
export interface RehearsalChange {
  homelab: Homelab;
  objects: ObjectDifference;
  machinesAdded: readonly SimMachine[];
  machinesRemoved: readonly string[];
  /** What a running cluster cannot take over, each with its reason; the rest can be applied. */
  refused: readonly string[];
}

const DAY_MS = 86_400_000;
/** Virtual time begins here, so that two runs of one file are equal to the byte. */
const VIRTUAL_START_MS = Date.UTC(2026, 0, 1);
const POLL_MS = 50;
/** Steps of virtual time between two looks: short while requests are under way, as those are waited for in steps too. */
const STEP_MS = 1000;
const STEP_APPLYING_MS = 50;
/** Events of virtual time without a breath. */
const EVENTS_COUNT_MAX = 10_000;
const APPLY_CONCURRENCY_MAX = 16;
/** How often the whole cluster is looked at while objects are applied. */
const APPLY_LOOKS_COUNT = 100;
const SERVED_WITHIN_MS = 10_000;
const SERVED_RETRY_MS = 50;

export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly cluster: Cluster;
  /** The place that the machines stand in: what loses power or network there, loses it here. */
  readonly site: Site;
  #addresses: readonly AppAddress[];
  #machines: readonly SimMachine[];
  #objects: readonly KubeObject[];
  #homelab: Homelab;
  /** What is to be applied and removed, by `objectKey`: taken out as it is done. */
  readonly #toApply: Map<string, KubeObject>;
  readonly #toRemove: Map<string, ObjectName>;
  #applying: Promise<void> = Promise.resolve();
  #ingress: IngressListener | undefined;
  #apiPort = 0;
  #client: KeyPair | undefined;

  constructor(options: RehearsalOptions) {
    this.#options = options;
    const { homelab, clock, certificates, snapshot } = options;
    this.#homelab = homelab;
    this.#machines = simMachines(homelab);
    this.#objects = this.#objectsOf(homelab);
    this.#toApply = new Map(this.#objects.map((object) => [objectKey(object), object]));
    this.#toRemove = new Map((snapshot?.applied ?? []).map((name) => [objectKey(name), name] as const).filter(([key]) => !this.#toApply.has(key)));
    this.#addresses = appAddresses(homelab);
    this.site = siteOf(homelab);
    this.cluster = new Cluster({
      ...fileOptions(homelab, this.#machines),
      // Chance goes on where it was: the same seed again would give out the same names and uids again.
      seed: snapshot === undefined ? options.seed : `${options.seed}@${snapshot.store.revision}`,
      startMs: this.#startMs(clock.now()),
      certificates,
      log: options.log,
      ...(options.isBreakable ? { controlPlane: breakableControlPlane(homelab, this.site) } : {}),
      ...(options.serving ? { webhooks: options.serving.webhooks } : {}),
      ...(snapshot ? { snapshot: snapshot.store } : {}),
      ...(options.ties ? { ties: options.ties } : {}),
      isUnread: options.isUnread === true,
    });
    connectSite(this.site, this.cluster);
    if (snapshot !== undefined) this.#wakeUp(snapshot);
  }

  get addresses(): readonly AppAddress[] {
    return this.#addresses;
  }

  get homelab(): Homelab {
    return this.#homelab;
  }

  /** Opens the sockets; rejects with Node's error (`EADDRINUSE` with its `port`) and leaves nothing open. Only with `serving`. */
  async listen(): Promise<void> {
    const { clock, serving, certificates } = this.#options;
    assert(serving !== undefined, "only a rehearsal that serves listens");
    const { host, ports } = serving;
    const listener = await this.cluster.listen(clock, host, ports.api, serving.factor);
    this.#apiPort = listener.port;
    const nowMs = clock.now();
    try {
      this.#ingress = await listenIngress(
        {
          route: (request) => this.cluster.ingress.route(request),
          hasCertificateEnded: (name) => this.cluster.ingress.hasCertificateEnded(name),
          hasCertificate: (name) => this.cluster.ingress.hostsWithTls().some((tls) => tls.host === name),
          certificates,
          validity: { notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + 90 * DAY_MS },
          catchUp: () => this.cluster.pacer?.catchUp(),
        },
        host,
        ports.http,
        ports.https,
      );
    } catch (error) {
      await this.cluster.close();
      throw error;
    }
    this.cluster.ingressPorts.http = this.#ingress.httpPort;
    this.cluster.ingressPorts.https = this.#ingress.httpsPort;
    this.#client = certificates.issue({ commonName: "kubernetes-admin", organisations: ["system:masters"], use: "client", notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + 365 * DAY_MS });
  }

  get server(): string {
    return `https://${this.#options.serving?.host}:${this.#apiPort}`;
  }

  /** PEM of what signs everything here. */
  get authority(): string {
    return this.#options.certificates.authority;
  }

  /** Of an administrator. Only after `listen`. */
  get credentials(): KeyPair {
    assert(this.#client !== undefined, "credentials are made when the API listens");
    return this.#client;
  }

  get ports(): { http: number; https: number } {
    return { http: this.#ingress?.httpPort ?? 0, https: this.#ingress?.httpsPort ?? 0 };
  }

  /** From now on time is real. */
  toPresent(): void {
    const { clock, behindPresentMs } = this.#options;
    this.cluster.toPresent(clock.now() - behindPresentMs);
  }

  /** Applies what is to be applied and waits. `isStopped` is asked now and then, for Ctrl-C. */
  async settle(isStopped: () => boolean): Promise<Outcome> {
    const { readyWithinMs, stalledAfterMs, serving } = this.#options;
    const { loop } = this.cluster;
    const startMs = loop.now();
    const stall = new Stall();
    let failure: { error: unknown } | undefined;
    let isApplied = false;
    let lookAt = this.#toApply.size;
    // Two batches at once could overtake each other.
    await this.#applying;
    const applying = this.#apply();
    this.#applying = applying.catch(() => undefined);
    void applying.then(
      () => (isApplied = true),
      (error: unknown) => (failure = { error }),
    );
    for (;;) {
      await this.#advance(isApplied, isStopped);
      if (isStopped()) return { isReady: false, why: "interrupted", waiting: [] };
      if (failure !== undefined) {
        if (!(failure.error instanceof ApplyFailed)) throw failure.error;
        return { isReady: false, why: failure.error.message, waiting: [] };
      }
      const spentMs = loop.now() - startMs;
      // How far all is, is looked at over the whole cluster: in virtual time not after each of thousands of objects that are applied.
      if (serving === undefined && !isApplied && this.#toApply.size > lookAt && spentMs <= readyWithinMs) continue;
      lookAt = this.#toApply.size - Math.floor(this.#objects.length / APPLY_LOOKS_COUNT);
      const progress = this.progress();
      this.#options.onProgress(progress);
      if (isApplied && progress.isReady) return { isReady: true, simulatedMs: spentMs };
      const stalledMs = isApplied ? stall.look(progress, loop.now()) : 0;
      if (stalledMs > stalledAfterMs || spentMs > readyWithinMs) {
        const why = stalledMs > stalledAfterMs ? `nothing has come closer to ready for ${minutes(stalledMs)}` : `not ready within ${minutes(readyWithinMs)}`;
        return { isReady: false, why, waiting: [...whatIsWaiting(this.cluster.client, this.#nodeNames()), ...this.#silent()] };
      }
    }
  }

  /** What another file would change here. Changes nothing yet. */
  compare(homelab: Homelab): RehearsalChange {
    const machines = simMachines(homelab);
    const known = new Map(this.#machines.map((machine) => [machine.name, machine]));
    const names = new Set(machines.map((machine) => machine.name));
    const isSameKubernetes = equalJson(homelab.kubernetes, this.#options.homelab.kubernetes);
    // Another version changes every machine: said once.
    const changed = isSameKubernetes ? machines.filter((machine) => known.has(machine.name) && !equalJson(known.get(machine.name), machine)) : [];
    return {
      homelab,
      objects: compareObjects(this.#objects, this.#objectsOf(homelab)),
      machinesAdded: machines.filter((machine) => !known.has(machine.name)),
      machinesRemoved: this.#machines.filter((machine) => !names.has(machine.name)).map((machine) => machine.name),
      refused: [
        ...(isSameKubernetes ? [] : ["kubernetes is made when a cluster starts"]),
        ...(homelab.name === this.#homelab.name ? [] : ["the name is that of the cluster"]),
        ...changed.map((machine) => `machine ${machine.name} is running as it was`),
      ],
    };
  }

  /** Takes a change over; `settle` applies its objects. Machines that are new boot, machines that are gone are switched off. */
  change(change: RehearsalChange): void {
    const { client, agents } = this.cluster;
    const staticPods = staticPodsOf(change.homelab);
    for (const machine of change.machinesAdded) agents.start(machine, { staticPods: staticPods[machine.name] ?? [] });
    for (const name of change.machinesRemoved) {
      agents.machine(name)?.powerOff();
      if (client.get("nodes", undefined, name) !== undefined) client.delete("nodes", undefined, name);
    }
    const removed = new Set(change.machinesRemoved);
    this.#machines = [...this.#machines.filter((machine) => !removed.has(machine.name)), ...change.machinesAdded];
    this.#homelab = change.homelab;
    this.#addresses = appAddresses(change.homelab);
    this.#objects = this.#objectsOf(change.homelab);
    // What an earlier change left undone stays to be done, unless this one takes it back.
    for (const name of change.objects.removed) {
      this.#toApply.delete(objectKey(name));
      this.#toRemove.set(objectKey(name), name);
    }
    for (const object of [...change.objects.added, ...change.objects.changed.map((changed) => changed.object)]) {
      this.#toRemove.delete(objectKey(object));
      this.#toApply.set(objectKey(object), object);
    }
  }

  progress(): Progress {
    const nodes = this.#nodeNames();
    return gatherProgress(
      this.cluster.client,
      { ready: nodes.filter((name) => this.#isNodeReady(name)).length, total: nodes.length },
      { ready: this.#addresses.length - this.#silent().length, total: this.#addresses.length },
      { ready: this.#objects.length - this.#toApply.size, total: this.#objects.length },
    );
  }

  snapshot(): Snapshot {
    return snapshotOf({ homelab: this.#homelab.name, nowMs: this.cluster.loop.now(), applied: this.#objects, nodes: this.#nodeNames(), store: this.cluster.registry.store.dump() });
  }

  async close(): Promise<void> {
    await this.#ingress?.close();
    await this.cluster.close();
  }

  #objectsOf(homelab: Homelab): KubeObject[] {
    return objectsToRehearse(homelab, seededRandom(this.#options.seed).fork("secrets"));
  }

  #nodeNames(): string[] {
    return this.#machines.filter((machine) => machine.isNode).map((machine) => machine.name);
  }

  #isNodeReady(name: string): boolean {
    const conditions = this.cluster.client.get("nodes", undefined, name)?.["status"]?.conditions as { type: string; status: string }[] | undefined;
    return conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;
  }

  /**
   * Fast time starts so far back that it cannot pass the present before all is ready: a cluster that is ahead of its user shows ages as
   * <invalid>. Never before what a snapshot has seen.
   */
  #startMs(nowMs: number): number {
    const { serving, readyWithinMs, snapshot, behindPresentMs } = this.#options;
    if (serving === undefined) return snapshot?.nowMs ?? VIRTUAL_START_MS;
    const headStartMs = Math.ceil(readyWithinMs * Math.max(0, 1 - 1 / serving.factor));
    return Math.max(snapshot?.nowMs ?? 0, nowMs - headStartMs - behindPresentMs);
  }

  /** After a resume all machines were off: nothing is Ready until its kubelet says so. Machines that the file no longer has are gone. */
  #wakeUp(snapshot: Snapshot): void {
    const { client } = this.cluster;
    const nodes = new Set(this.#nodeNames());
    for (const name of snapshot.nodes) if (!nodes.has(name) && client.get("nodes", undefined, name) !== undefined) client.delete("nodes", undefined, name);
    const unknown = (object: KubeObject): { type: string; status: string }[] => ((object["status"]?.conditions ?? []) as { type: string; status: string }[]).map((condition) => (condition.type === "Ready" && condition.status === "True" ? { ...condition, status: object.kind === "Node" ? "Unknown" : "False" } : condition));
    for (const type of ["nodes", "pods"]) {
      for (const object of [...client.list(type)]) client.patch(type, object.metadata.namespace, object.metadata.name, { status: { conditions: unknown(object) } }, "status");
    }
  }

  /** A little time passes: on the wall, or by itself. */
  async #advance(isApplied: boolean, isStopped: () => boolean): Promise<void> {
    const { clock, serving } = this.#options;
    const { loop } = this.cluster;
    // Without a wait too, what is under way goes on: promises, and an interruption.
    const breath = (): Promise<void> => new Promise((resolve) => void clock.after(serving === undefined ? 0 : POLL_MS, resolve));
    await breath();
    if (serving !== undefined) return;
    if (!isApplied) return this.cluster.run(STEP_APPLYING_MS);
    // A second of a large cluster takes minutes, in which somebody may have had enough.
    const untilMs = loop.now() + STEP_MS;
    while (loop.runUntil(untilMs, EVENTS_COUNT_MAX) === EVENTS_COUNT_MAX && !isStopped()) await breath();
  }

  async #apply(): Promise<void> {
    const { serving, clock, log } = this.#options;
    const client = new KubeClient(serving === undefined ? inProcessTransport(this.cluster) : serving.transport(this.server, this.authority, this.credentials));
    try {
      await applyAll(client, [...this.#toApply.values()], {
        fieldManager: FIELD_MANAGER,
        concurrencyMax: APPLY_CONCURRENCY_MAX,
        servedWithinMs: SERVED_WITHIN_MS,
        retryDelayMs: SERVED_RETRY_MS,
        clock: serving === undefined ? this.cluster.loop : clock,
        onApplied: (object) => this.#toApply.delete(objectKey(object)),
        onWarning: (object, text) => log(`apply ${object.kind} ${object.metadata.name}: warning: ${text}`),
      });
      // What others stand on was applied first, and goes last.
      for (const [key, { apiVersion, kind, metadata }] of [...this.#toRemove].reverse()) {
        await client.delete(apiVersion, kind, metadata.namespace, metadata.name);
        this.#toRemove.delete(key);
      }
    } finally {
      await client.close();
    }
  }

  /** Addresses that do not answer yet. */
  #silent(): Waiting[] {
    return this.#addresses.flatMap((address) => {
      const answer = this.cluster.ingress.route({ scheme: address.hasTls ? "https" : "http", host: address.host, path: address.path, method: "GET", headers: { accept: "application/json" } });
      return answer.status < 400 ? [] : [{ what: `app ${address.app}`, why: `${address.url} answers ${answer.status}` }];
    });
  }
}

const minutes = (ms: number): string => `${Math.round(ms / 60_000)} simulated minutes`;
