/**
 * A homelab, rehearsed: starts the embedded cluster with its machines, applies every object through the HTTP API, waits until all is ready,
 * and keeps it. Prints nothing; what happens is told through `onProgress`.
 */
import type { Homelab } from "../config/homelab.ts";
import { ApplyFailed, applyAll } from "../kube/apply-all.ts";
import { KubeClient } from "../kube/kube-client.ts";
import { seededRandom } from "../lib/seeded-random.ts";
import { FIELD_MANAGER } from "../manifests/names.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import type { CertificateIssuer } from "../ports/certificate-issuer.ts";
import type { Clock } from "../ports/clock.ts";
import type { KubeTransport } from "../ports/kube-transport.ts";
import { Cluster } from "../sim/cluster.ts";
import { type IngressListener, listenIngress } from "../sim/ingress/ingress-listener.ts";
import type { Store } from "../sim/store/store.ts";
import { gatherProgress, type Progress, type Waiting, whatIsWaiting } from "./progress.ts";
import { objectsToRehearse, staticPodsOf } from "./rehearsed-objects.ts";
import { simMachines } from "./sim-machines.ts";

export interface Ports {
  /** 0: any free one. */
  api: number;
  http: number;
  https: number;
}

export interface RehearsalOptions {
  homelab: Homelab;
  seed: string;
  clock: Clock;
  certificates: CertificateIssuer;
  /** How the objects reach the API, once it listens. */
  transport(server: string, client: { certificate: string; key: string }): KubeTransport;
  host: string;
  ports: Ports;
  /** Simulated milliseconds per real one until all is ready; afterwards 1. */
  factor: number;
  /** Simulated time that everything may take to become ready. */
  readyWithinMs: number;
  snapshot?: ReturnType<Store["dump"]>;
  onProgress(progress: Progress): void;
  log(line: string): void;
}

export interface AppAddress {
  app: string;
  service: string;
  url: string;
  host: string;
  path: string;
  hasTls: boolean;
  isRedirected: boolean;
}

export type Outcome = { isReady: true; simulatedMs: number } | { isReady: false; why: string; waiting: Waiting[] };

const DAY_MS = 86_400_000;
/**
 * Fast time starts so long ago, and is brought to the present once all is ready: otherwise the cluster's clock would be ahead of the
 * user's, and kubectl would show ages as <invalid>.
 */
const HEAD_START_MS = 10 * 60_000;
const POLL_MS = 50;
const APPLY_CONCURRENCY_MAX = 16;
const SERVED_WITHIN_MS = 10_000;
const SERVED_RETRY_MS = 50;

export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly cluster: Cluster;
  readonly addresses: readonly AppAddress[];
  readonly #nodeNames: readonly string[];
  readonly #objects: readonly KubeObject[];
  #ingress: IngressListener | undefined;
  #apiPort = 0;
  #appliedCount = 0;
  #client: { certificate: string; key: string } | undefined;

  constructor(options: RehearsalOptions) {
    this.#options = options;
    const { homelab, clock, certificates } = options;
    const machines = simMachines(homelab);
    this.#nodeNames = machines.filter((machine) => machine.isNode).map((machine) => machine.name);
    this.#objects = objectsToRehearse(homelab, seededRandom(options.seed).fork("secrets"));
    this.addresses = appAddresses(homelab);
    const controlPlanes = machines.filter((machine) => machine.isControlPlane);
    this.cluster = new Cluster({
      version: homelab.kubernetes.version,
      seed: options.seed,
      startMs: clock.now() - (options.factor === 1 ? 0 : HEAD_START_MS),
      machines,
      network: { podCidrs: homelab.kubernetes.network.pods, serviceCidrs: homelab.kubernetes.network.services, dnsDomain: homelab.kubernetes.network.dns.domain },
      apiAddresses: controlPlanes.flatMap((machine) => machine.addresses.filter((address) => address.type === "InternalIP").slice(0, 1).map((address) => address.address)),
      apiPort: homelab.kubernetes.endpoint.port,
      certificates,
      staticPods: staticPodsOf(homelab),
      hasMetricsServer: homelab.platform.metrics.enabled,
      log: options.log,
      ...(options.snapshot ? { snapshot: options.snapshot } : {}),
    });
  }

  /** Opens the sockets; rejects with Node's error (`EADDRINUSE` with its `port`) and leaves nothing open. */
  async listen(): Promise<void> {
    const { clock, host, ports, factor, certificates } = this.#options;
    const listener = await this.cluster.listen(clock, host, ports.api, factor);
    this.#apiPort = listener.port;
    const nowMs = clock.now();
    try {
      this.#ingress = await listenIngress(
        {
          route: (request) => this.cluster.ingress.route(request),
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
    return `https://${this.#options.host}:${this.#apiPort}`;
  }

  /** PEM of what signs everything here. */
  get authority(): string {
    return this.#options.certificates.authority;
  }

  get credentials(): { certificate: string; key: string } {
    return this.#client!;
  }

  get ports(): { http: number; https: number } {
    return { http: this.#ingress?.httpPort ?? 0, https: this.#ingress?.httpsPort ?? 0 };
  }

  /** Applies everything and waits. `isStopped` is asked now and then, for Ctrl-C. */
  async settle(isStopped: () => boolean): Promise<Outcome> {
    const { clock, readyWithinMs } = this.#options;
    const startMs = this.cluster.loop.now();
    let failure: ApplyFailed | undefined;
    const applied = this.#apply().catch((error: unknown) => {
      if (!(error instanceof ApplyFailed)) throw error;
      failure = error;
    });
    let isApplied = false;
    void applied.then(() => (isApplied = true));
    for (;;) {
      await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
      if (isStopped()) return { isReady: false, why: "interrupted", waiting: [] };
      if (failure !== undefined) return { isReady: false, why: failure.message, waiting: [] };
      const progress = this.progress();
      this.#options.onProgress(progress);
      if (isApplied && progress.isReady) {
        const simulatedMs = this.cluster.loop.now() - startMs;
        this.cluster.toPresent(clock.now());
        return { isReady: true, simulatedMs };
      }
      if (this.cluster.loop.now() - startMs > readyWithinMs) {
        return { isReady: false, why: `not ready within ${Math.round(readyWithinMs / 60_000)} simulated minutes`, waiting: [...whatIsWaiting(this.cluster.client, this.#nodeNames), ...this.#silent()] };
      }
    }
  }

  progress(): Progress {
    const silent = this.#silent();
    return gatherProgress(
      this.cluster.client,
      this.#nodeNames.length,
      { ready: this.addresses.length - silent.length, total: this.addresses.length },
      { ready: this.#appliedCount, total: this.#objects.length },
    );
  }

  async close(): Promise<void> {
    await this.#ingress?.close();
    await this.cluster.close();
  }

  async #apply(): Promise<void> {
    const client = new KubeClient(this.#options.transport(this.server, this.credentials));
    try {
      await applyAll(client, this.#objects, {
        fieldManager: FIELD_MANAGER,
        concurrencyMax: APPLY_CONCURRENCY_MAX,
        servedWithinMs: SERVED_WITHIN_MS,
        retryDelayMs: SERVED_RETRY_MS,
        clock: this.#options.clock,
        onApplied: () => this.#appliedCount++,
        onWarning: (object, text) => this.#options.log(`apply ${object.kind} ${object.metadata.name}: warning: ${text}`),
      });
    } finally {
      await client.close();
    }
  }

  /** Addresses that do not answer yet. */
  #silent(): Waiting[] {
    return this.addresses.flatMap((address) => {
      const answer = this.cluster.ingress.route({ scheme: address.hasTls ? "https" : "http", host: address.host, path: address.path, method: "GET", headers: { accept: "application/json" } });
      return answer.status < 400 ? [] : [{ what: `app ${address.app}`, why: `${address.url} answers ${answer.status}` }];
    });
  }
}

function appAddresses(homelab: Homelab): AppAddress[] {
  return Object.values(homelab.apps).flatMap((app) =>
    Object.values(app.services).flatMap((service) =>
      service.routes.map((route) => ({
        app: app.name,
        service: service.name,
        url: `${route.tls ? "https" : "http"}://${route.host}${route.path}`,
        host: route.host,
        path: route.path,
        hasTls: route.tls,
        isRedirected: route.redirect,
      })),
    ),
  );
}
