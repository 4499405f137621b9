/**
 * The embedded cluster: API server, controllers, scheduler and one kubelet per simulated machine, on one event loop.
 * It knows nothing of homelabs. Without `listen` it needs no socket and no real time; `run` turns it in virtual time.
 */
import { randomBytes } from "node:crypto";
import { seededRandom } from "../lib/seeded-random.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { CertificateIssuer } from "../ports/certificate-issuer.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { WebhookTransport } from "../ports/webhook-transport.ts";
import { ADMISSION_PLUGINS } from "./api/admission/all.ts";
import { authorize } from "./api/authorizer.ts";
import type { SimClient } from "./api/client.ts";
import { keepApiServices } from "./api/extensions/api-service.ts";
import { customResourceDefinitionController } from "./api/extensions/custom-resource-definition.ts";
import { createHandler, type Handler, type VersionInfo } from "./api/http/handler.ts";
import { Identities } from "./api/http/identity.ts";
import { listen, type Listener } from "./api/http/listener.ts";
import type { OpenPort } from "./api/http/port-forward.ts";
import { upgradeHandler } from "./api/http/upgrade.ts";
import { METRICS_GROUP, metricsAnswer } from "./api/metrics.ts";
import { bootstrap } from "./api/registry/bootstrap.ts";
import { EVENT_TTL_MS } from "./api/registry/event-recorder.ts";
import { localClient } from "./api/registry/local-client.ts";
import type { Waiting } from "./api/registry/patient-writes.ts";
import { Registry } from "./api/registry/registry.ts";
import { ResourceTypes } from "./api/resource-types.ts";
import { EventLoop } from "./clock/event-loop.ts";
import { Pacer } from "./clock/pacer.ts";
import { ControlPlane, type ControlPlaneOptions } from "./control-plane/control-plane.ts";
import { controllerManager, type ControllerOptions, operators } from "./controllers/all.ts";
import { type ControllerContext, type Reconciler, startReconciler } from "./controllers/reconciler.ts";
import { createIngress, type Ingress } from "./ingress/ingress.ts";
import { type AgentsState, createNodeAgents, type NodeAgents } from "./kubelet/node-agents.ts";
import type { SimMachine } from "./machine.ts";
import { startScheduler } from "./scheduler/scheduler.ts";
import type { TieBreak } from "./scheduler/tie-break.ts";
import { ReplicatedVolumes } from "./storage/replicated-volumes.ts";
import type { VolumeState } from "./storage/volume-copies.ts";
import { Store } from "./store/store.ts";

export interface ClusterOptions {
  /** `v1.36.1+k3s1` */
  version: string;
  seed: string;
  startMs: number;
  machines: readonly SimMachine[];
  network: { podCidrs: readonly string[]; serviceCidrs: readonly string[]; dnsDomain: string };
  /** Addresses the API server is reached at inside the cluster, for the endpoints of the service `kubernetes`. */
  apiAddresses: readonly string[];
  apiPort: number;
  certificates: CertificateIssuer;
  hasMetricsServer: boolean;
  /** How admission webhooks with a `url` are called. Without it they are refused: virtual time cannot wait for what is outside. */
  webhooks?: WebhookTransport;
  /** Pods that a machine runs from files, by machine: the control plane's, where the distribution has them. */
  staticPods?: Readonly<Record<string, readonly KubeObject[]>>;
  /** Which machines keep the API up. Without it the API always answers, whatever happens to machines. */
  controlPlane?: ControlPlaneOptions & {
    /** Whether a machine that is no node (a load balancer) has power and network. */
    isAlive(machine: string): boolean;
    /** Where the network is split: the side that a machine is on, "" for the one with the people; undefined while it is whole. */
    sideOf?(machine: string): string | undefined;
  };
  log(line: string): void;
  /** A snapshot to go on from. */
  snapshot?: ReturnType<Store["dump"]>;
  /** Nobody reads it from outside, so what only such a reader would miss is not kept: who owns which field, and the older Endpoints beside the slices. */
  isClosed?: boolean;
  /** Nobody but what applies its objects reads it from outside: owners of fields that a part writes are not kept, nor events. Revisions, names and chance are as where they are. */
  isUnread?: boolean;
  /** What the machines ran when the snapshot was taken, to go on with it; without it they boot. */
  running?: AgentsState;
  /** Where the copies of volumes were, to go on with them; without it they are placed anew. */
  volumes?: readonly VolumeState[];
  /** How the scheduler chooses between equals, where it is not left to chance alone. */
  ties?: TieBreak;
}

const EVENT_SWEEP_PERIOD_MS = 60_000;
const COMPACTION_PERIOD_MS = 300_000;

export class Cluster {
  readonly loop: EventLoop;
  readonly registry: Registry;
  readonly agents: NodeAgents;
  readonly ingress: Ingress;
  /** Volumes that storage keeps several copies of. */
  readonly volumes: ReplicatedVolumes;
  /** The ports that redirects name: those the doors really have, once they are open. */
  readonly ingressPorts = { http: 80, https: 443 };
  readonly handler: Handler;
  readonly identities: Identities;
  /** As an administrator, without the wire. */
  readonly client: SimClient;
  readonly controlPlane: ControlPlane | undefined;
  readonly #options: ClusterOptions;
  readonly #random: Random;
  readonly #stops: (() => void)[] = [];
  #reachesWebhooks = true;
  #pacer: Pacer | undefined;
  #listener: Listener | undefined;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.loop = new EventLoop(options.startMs);
    this.#random = seededRandom(options.seed);
    const types = new ResourceTypes();
    const store = new Store();
    if (options.snapshot !== undefined) store.restore(options.snapshot);
    this.registry = new Registry({
      store,
      types,
      clock: this.loop,
      random: this.#random.fork("registry"),
      admission: ADMISSION_PLUGINS,
      services: { cidrs: options.network.serviceCidrs, random: this.#random.fork("services") },
      isClosed: options.isClosed === true,
      isUnread: options.isUnread === true,
    });
    this.registry.reader = localClient(this.registry, "system:apiserver");
    this.client = localClient(this.registry, "kubernetes-admin", "kubernest");
    this.identities = new Identities(randomBytes(32), store, this.loop);
    if (options.snapshot === undefined) bootstrap(this.registry, { serviceCidrs: options.network.serviceCidrs, apiAddresses: options.apiAddresses, apiPort: options.apiPort });
    this.agents = createNodeAgents((machine) => this.#context(`kubelet/${machine}`, `system:node:${machine}`, "kubelet"), { clusterDomain: options.network.dnsDomain }, options.running?.storage);
    this.volumes = new ReplicatedVolumes({
      ...this.#context("storage", "system:serviceaccount:kube-system:storage", "storage"),
      agents: this.agents,
      hasApi: () => this.controlPlane?.outage === undefined,
      sideOf: (machine) => options.controlPlane?.sideOf?.(machine),
    }, options.volumes);
    this.#stops.push(() => this.volumes.stop());
    this.registry.webhooks = {
      ...(options.webhooks ? { transport: options.webhooks } : {}),
      isReachable: (nodeName) => this.#reachesWebhooks && (this.agents.machine(nodeName)?.isReachable ?? true),
      routesToEndpoints: /\+(k3s|rke2)/.test(options.version),
      random: this.#random.fork("webhooks"),
    };
    this.ingress = createIngress({ client: this.client, network: this.agents.network, ports: this.ingressPorts });
    this.handler = createHandler({
      registry: this.registry,
      identities: this.identities,
      version: versionInfo(options.version),
      serverAddress: `${options.apiAddresses[0] ?? "127.0.0.1"}:${options.apiPort}`,
      pods: {
        readLogs: (namespace, pod, query) => this.agents.logs(namespace, pod, query),
        http: (namespace, pod, port, request) => this.agents.http(namespace, pod, port, request),
      },
      extras: options.hasMetricsServer ? [{ group: METRICS_GROUP, answer: (path, request) => metricsAnswer(this.client, this.agents.metrics, this.loop, path, request) }] : [],
      log: options.log,
    });
    const loops = this.#startParts();
    this.controlPlane = this.#makeControlPlane(loops);
    this.controlPlane?.onTurn(() => this.volumes.worldTurned());
  }

  /** Turns virtual time. Only without a pacer. */
  run(durationMs: number): void {
    this.loop.runUntil(this.loop.now() + durationMs);
  }

  /** Whether the API servers reach the pods of webhooks, wherever these are: without it a call runs into its time-out. */
  setWebhooksReachable(isReachable: boolean): void {
    this.#reachesWebhooks = isReachable;
  }

  /** Real (or faster) time and a socket. */
  async listen(clock: Clock, host: string, port: number, factor: number): Promise<Listener> {
    const { certificates } = this.#options;
    const pacer = new Pacer(this.loop, clock, factor);
    const nowMs = clock.now();
    const serving = certificates.issue({
      commonName: "kube-apiserver",
      names: ["localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", `kubernetes.default.svc.${this.#options.network.dnsDomain}`],
      use: "server",
      notBeforeMs: nowMs - DAY_MS,
      notAfterMs: nowMs + 365 * DAY_MS,
    });
    const upgrade = upgradeHandler({ registry: this.registry, openPort: (namespace, pod) => this.#openPort(namespace, pod) });
    this.#listener = await listen({ handler: this.handler, identities: this.identities, serving, authority: certificates.authority, catchUp: () => pacer.catchUp(), upgrade }, host, port);
    this.#pacer = pacer;
    pacer.start();
    return this.#listener;
  }

  get pacer(): Pacer | undefined {
    return this.#pacer;
  }

  /** Runs what is left until `nowMs`, then goes on at the pace of the real clock. A cluster that is ahead stays ahead. */
  toPresent(nowMs: number): void {
    this.#pacer?.setFactor(1);
    if (nowMs > this.loop.now()) this.loop.runUntil(nowMs);
    this.#pacer?.setFactor(1);
  }

  async close(): Promise<void> {
    this.#pacer?.stop();
    for (const stop of this.#stops) stop();
    await this.#listener?.close();
  }

  #context(name: string, user: string, manager: string, waiting: Waiting = "completes"): ControllerContext {
    return { client: localClient(this.registry, user, manager, waiting), clock: this.loop, random: this.#random.fork(name), log: this.#options.log };
  }

  /** Starts what is everywhere, or in pods; returns how to start what runs once in the cluster. */
  #startParts(): () => () => void {
    const { certificates, machines } = this.#options;
    const apiServer = this.#context("apiserver", "system:apiserver", "kube-apiserver");
    const stops = this.#stops;
    stops.push(startReconciler(customResourceDefinitionController(this.registry.types), apiServer));
    const aggregated = this.#options.hasMetricsServer ? [{ ...METRICS_GROUP, service: { namespace: "kube-system", name: "metrics-server" } }] : [];
    stops.push(keepApiServices(this.registry.types, aggregated, apiServer));
    stops.push(this.#sweepEvents(), this.#compactHistory());
    const controllers: ControllerOptions = {
      version: this.#options.version,
      certificateAuthority: certificates.authority,
      podCidrs: this.#options.network.podCidrs,
      podMetrics: this.agents.metrics,
      hasMetricsServer: this.#options.hasMetricsServer,
      hasEndpoints: this.#options.isClosed !== true,
      volumes: this.volumes,
      certificates: {
        sign: (certificate) => certificates.sign(certificate),
        mayCreate: (user, subresource) => authorize(this.registry.store, { user, verb: "create", group: "certificates.k8s.io", resource: "certificatesigningrequests", subresource, namespace: undefined, name: "" }).allowed,
      },
      issueToken: ({ namespace, serviceAccount, uid, secretName }) => this.identities.issue({ namespace, name: serviceAccount, uid }, [Identities.issuer], FOREVER_SECONDS, secretName).token,
      issueCertificate: (names) => {
        const { certificate, key } = certificates.issue({ commonName: names[0] ?? "", names, use: "server", notBeforeMs: this.loop.now() - DAY_MS, notAfterMs: this.loop.now() + 90 * DAY_MS });
        return { crt: certificate, key };
      },
    };
    const start = (controller: Reconciler): (() => void) => startReconciler(controller, this.#context(controller.name, `system:serviceaccount:kube-system:${controller.name}`, "kube-controller-manager", "suspends"));
    const loops = (): (() => void) => {
      const started = [...controllerManager(controllers).map(start), startScheduler(this.#context("scheduler", "system:kube-scheduler", "kube-scheduler"), this.#options.ties === undefined ? {} : { ties: this.#options.ties })];
      return () => started.forEach((stop) => stop());
    };
    if (this.#options.controlPlane === undefined) stops.push(loops());
    stops.push(...operators(controllers).map(start));
    for (const machine of machines) this.agents.start(machine, { staticPods: this.#options.staticPods?.[machine.name] ?? [] }, this.#options.running?.machines[machine.name]);
    return loops;
  }

  #makeControlPlane(startLoops: () => () => void): ControlPlane | undefined {
    const { controlPlane: options, log } = this.#options;
    if (options === undefined) return undefined;
    const made = new ControlPlane(options, {
      clock: this.loop,
      random: this.#random.fork("control-plane"),
      log,
      isAlive: (machine) => {
        const kubelet = this.agents.machine(machine);
        const side = options.sideOf?.(machine);
        if (side !== undefined && (!options.isAlive(machine) || side !== this.#sideOfServers(options))) return false;
        // With its clock in the past a server takes no certificate of the others for valid.
        return kubelet === undefined ? options.isAlive(machine) : (side === undefined ? kubelet.isReachable : kubelet.isRunning) && kubelet.hasTime;
      },
      startLoops,
      onChange: (machine) => {
        const changed = machine === undefined ? this.agents.machines : [this.agents.machine(machine)];
        let hasTurned = false;
        for (const kubelet of changed) {
          const wasOnline = kubelet?.isOnline;
          kubelet?.setApiReachable(made.isReachableFrom(kubelet.name));
          hasTurned ||= kubelet?.isOnline !== wasOnline;
        }
        // A volume is opened where the machine hears of it, and a server may come back without the API having been away.
        if (hasTurned) this.volumes.worldTurned();
      },
    });
    const refusal: Registry["refusal"] = (of) => made.refusal(of);
    this.registry.refusal = refusal;
    // Where the network is split, one server more or less on a side can change which side counts.
    const turned = (machine: string): void => (options.sideOf?.(machine) === undefined ? made.machineChanged(machine) : made.sidesChanged());
    this.#stops.push(this.agents.onReachChange(turned), () => made.stop());
    return made;
  }

  /** Where most of the servers are, there is the API; of equals, where the people are. One that reaches nobody does not count, as where nothing is split. */
  #sideOfServers({ servers, sideOf, isAlive }: NonNullable<ClusterOptions["controlPlane"]>): string {
    const counts = new Map<string, number>();
    for (const server of servers) if (isAlive(server) && this.agents.machine(server)?.isRunning === true) counts.set(sideOf!(server) ?? "", (counts.get(sideOf!(server) ?? "") ?? 0) + 1);
    return [...counts].toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))[0]?.[0] ?? "";
  }

  #openPort(namespace: string, pod: string): OpenPort {
    return (port, onData, onEnd) => {
      const stream = this.agents.openPort(namespace, pod, port);
      if (typeof stream === "string") return stream;
      stream.onData((bytes) => onData(Buffer.from(bytes)));
      stream.onEnd(onEnd);
      return stream;
    };
  }

  /** etcd's history is cut every five minutes to what it was five minutes before (`--etcd-compaction-interval`). */
  #compactHistory(): () => void {
    let before = this.registry.store.revision;
    let cancel: () => void;
    const compact = (): void => {
      this.registry.store.compact(before);
      before = this.registry.store.revision;
      cancel = this.loop.upkeep(COMPACTION_PERIOD_MS, compact);
    };
    cancel = this.loop.upkeep(COMPACTION_PERIOD_MS, compact);
    return () => cancel();
  }

  /** Events are forgotten after their hour, as etcd's lease would. */
  #sweepEvents(): () => void {
    let cancel: () => void;
    // Those that were young at one look need not be looked at before they can be old.
    let oldestMs = Number.NEGATIVE_INFINITY;
    const sweep = (): void => {
      cancel = this.loop.upkeep(EVENT_SWEEP_PERIOD_MS, sweep);
      const nowMs = this.loop.now();
      const untilMs = nowMs - EVENT_TTL_MS;
      if (oldestMs > untilMs || this.registry.refusal("write") !== undefined) return;
      oldestMs = nowMs;
      for (const event of this.client.list("events")) {
        const lastMs = Date.parse((event["lastTimestamp"] ?? event["eventTime"] ?? event.metadata.creationTimestamp) as string);
        if (lastMs <= untilMs) this.client.delete("events", event.metadata.namespace, event.metadata.name);
        else oldestMs = Math.min(oldestMs, lastMs);
      }
    };
    cancel = this.loop.upkeep(EVENT_SWEEP_PERIOD_MS, sweep);
    return () => cancel();
  }
}

const DAY_MS = 86_400_000;
/** Tokens in Secrets do not expire; a hundred years will do. */
const FOREVER_SECONDS = 100 * 365 * 86_400;

/** `v1.36.1+k3s1` → major 1, minor 36. */
export function versionInfo(version: string): VersionInfo {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  return { major: match?.[1] ?? "1", minor: match?.[2] ?? "36", gitVersion: version.startsWith("v") ? version : `v${version}` };
}
