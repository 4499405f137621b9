/**
 * Who keeps the API up: the machines with an API server, the datastore behind them and its quorum, and who leads the control loops. It only
 * derives; whether a machine runs and reaches the others is asked, and told by `machineChanged`. Everything is up when it is made: a
 * cluster's first start is not its concern.
 */
import { assert } from "../../lib/assert.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import { fnv32a } from "../../lib/fnv32.ts";
import { ApiError } from "../api/status.ts";
import { type AddressKeeping, EndpointAddress } from "./endpoint-address.ts";
import { LoopLeader } from "./loop-leader.ts";
import type { ControlPlaneTimings } from "./timings.ts";

export interface ControlPlaneOptions {
  /** Machines with an API server, one at least. With etcd each holds a member too. */
  servers: readonly string[];
  /** The server that leads at first, of the control loops and of the datastore; the first one unless given. */
  leader?: string;
  /** `sqlite`: in the one server. `external`: on a machine that is not ours, and never lost. */
  datastore: "etcd" | "sqlite" | "external";
  timings: ControlPlaneTimings;
  /**
   * Machines of which one must be alive for others to find the API: load balancers, or the one machine whose address every kubelet was given.
   * Empty: each machine knows all servers itself (k3s' agents, a load balancer on each node).
   */
  doors: readonly string[];
  /** Where one of the doors at a time answers for an address; undefined: each has its own. */
  address?: AddressKeeping;
  /** Whether a server's own kubelet asks its own API server (k3s; kubeadm since 1.33, `ControlPlaneKubeletLocalMode`). */
  isLocalFirst: boolean;
  /** All that a server runs is one process, which ends when its control loops do (k3s). */
  isOneProcess: boolean;
}

export interface ControlPlaneSurroundings {
  clock: Clock;
  random: Random;
  log(line: string): void;
  /** Has power, has booted, and reaches the home's network; where that is split, the side with most of the servers. */
  isAlive(machine: string): boolean;
  /** Starts what runs once in the cluster, with an empty memory; returns how to stop it. */
  startLoops(): () => void;
  /** Called after every change of what can be reached, once; with a machine where its own way to the API is all that can have changed. */
  onChange(machine?: string): void;
}

/** Why the API does not answer; `no space`: it only reads; `state lost`: what the cluster knew is gone with the disks it was on. */
export type Outage = "state lost" | "no server" | "no quorum" | "election" | "stalled" | "certificates expired" | "no space";

/** Why a server takes no part though its machine runs. `member`: its etcd member is broken; `address`: the others know it by another; `disk`: nothing can be written there. */
export type Hindrance = "member" | "address" | "disk";

/** Certificates of the servers: good until `untilMs`; a server that starts within `renewedWithinMs` of their end (or after it) makes new ones for `lifeMs`. */
export interface CertificateTerm {
  untilMs: number;
  lifeMs: number;
  /** 0: they are never renewed by a start (kubeadm). */
  renewedWithinMs: number;
}

const unavailable = (): ApiError => new ApiError(503, "ServiceUnavailable", "the server is currently unable to handle the request");

const REFUSALS: Readonly<Record<Outage, () => ApiError>> = {
  "state lost": unavailable,
  "no server": unavailable,
  // What the API server passes on from its etcd client (`etcdserver.ErrTimeout`, `ErrLeaderChanged`).
  "no quorum": () => new ApiError(500, "", "etcdserver: request timed out"),
  election: () => new ApiError(500, "", "etcdserver: leader changed"),
  stalled: () => new ApiError(504, "Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request"),
  "certificates expired": () => new ApiError(500, "", "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"),
  // etcd's alarm NOSPACE (`ErrGRPCNoSpace`): reads go on.
  "no space": () => new ApiError(500, "", "etcdserver: mvcc: database space exceeded"),
};

/**
 * A connection whose other end is silent is given up by a client after so long, and another server is asked: `HTTP2_READ_IDLE_TIMEOUT_SECONDS` (30) and
 * `HTTP2_PING_TIMEOUT_SECONDS` (15) of k8s.io/apimachinery `pkg/util/net/http.go`. Kubernetes 1.32 raised the grace period of nodes above it (kubernetes#121793).
 */
export const SILENT_CONNECTION_MS = 45_000;

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #around: ControlPlaneSurroundings;
  /** Servers whose API server and member run. */
  readonly #up: Set<string>;
  readonly #starting = new Map<string, () => void>();
  readonly #loops: LoopLeader;
  readonly #address: EndpointAddress | undefined;
  #datastoreLeader: string | undefined;
  #isElecting = false;
  readonly #hindered = new Map<string, Set<Hindrance>>();
  /** Servers whose share of the state is gone with their disk, until they have joined anew. */
  readonly #emptied = new Set<string>();
  #isStateLost = false;
  /** Servers whose process hangs, each since when. */
  readonly #stalledSince = new Map<string, number>();
  /** How long a server's disk takes until a write is on it, where that is long; and how many times as long as it should its API server takes to start. */
  readonly #fsyncMs = new Map<string, number>();
  readonly #slowness = new Map<string, number>();
  readonly #certificates = new Map<string, CertificateTerm>();
  #cancelExpiry: () => void = () => undefined;
  #hasSpace = true;
  #cancelElection: () => void = () => undefined;
  #outage: Outage | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(options: ControlPlaneOptions, around: ControlPlaneSurroundings) {
    assert(options.servers.length > 0, "a control plane needs a server");
    assert(options.datastore !== "sqlite" || options.servers.length === 1, "SQLite is in one server");
    this.#options = options;
    this.#around = around;
    this.#up = new Set(options.servers);
    this.#datastoreLeader = options.leader ?? options.servers[0];
    this.#loops = new LoopLeader({ timings: options.timings, clock: around.clock, random: around.random, start: () => around.startLoops(), isUp: (server) => this.#up.has(server), isAnswering: (server) => this.#outage === undefined && !this.#isSilent(server), canRenew: (server) => this.#outage === undefined && !this.#isSilent(server) && this.#writeMs(server) < options.timings.renewDeadlineMs, onExit: (server) => this.#exited(server), onLead: () => this.#tell(), log: around.log }, options.servers, options.leader);
    this.#address = options.address && new EndpointAddress(options.address, { clock: around.clock, log: (line) => around.log(line), canHold: (machine) => this.#isOpen(machine), canRenew: (machine) => this.#outage === undefined && !this.#isSilent(machine) && this.#writeMs(machine) < (options.address?.lease?.renewMs ?? Number.POSITIVE_INFINITY), onMove: () => this.#addressMoved() });
  }

  /** Why nothing can be read or written now; undefined while the API answers. */
  get outage(): Outage | undefined {
    return this.#outage;
  }

  /** What a request is answered with now; undefined while the API answers. */
  refusal(of: "read" | "write" = "read"): ApiError | undefined {
    if (this.#outage === undefined || (this.#outage === "no space" && of === "read")) return undefined;
    return REFUSALS[this.#outage]();
  }

  /** The server that leads the control loops; undefined while nobody does. */
  get loopLeader(): string | undefined {
    return this.#loops.leader;
  }

  /** Which machine answers for the API's address; undefined while none does, or where it has none that moves. */
  get addressHolder(): string | undefined {
    return this.#address?.holder;
  }

  /** Makes one machine hold the API's address, where it may: who does is chance, and a proof looks at the worst. */
  letHold(machine: string): void {
    this.#address?.letHold(machine);
  }

  /** Makes one server lead all that has a leader, without the time that it takes: who leads is chance, and a proof looks at the worst. */
  letLead(server: string): void {
    assert(this.#up.has(server), `${server} runs no API server now`);
    this.#datastoreLeader = server;
    this.#loops.moveTo(server);
  }

  /** The process that leads the control loops dies; its lease is not given back. */
  loseLeader(): void {
    this.#loops.lose();
  }

  /** Something keeps a server from taking part, or no longer does, while its machine runs. */
  setHindered(server: string, why: Hindrance, isHindered: boolean): void {
    assert(this.#options.servers.includes(server), `${server} is no server`);
    const reasons = this.#hindered.get(server) ?? new Set();
    if (isHindered) reasons.add(why);
    else reasons.delete(why);
    this.#hindered.set(server, reasons);
    this.machineChanged(server);
  }

  /**
   * A server's disk is gone, and its share of the cluster's state with it: it joins the others anew, once most of the members have theirs and run. Where most have
   * not, nothing brings the state back: what still answers has no quorum, and what is set up anew would be another cluster.
   */
  loseData(server: string): void {
    const { servers, datastore } = this.#options;
    assert(servers.includes(server), `${server} is no server`);
    if (datastore === "external") return;
    this.#emptied.add(server);
    this.#isStateLost ||= servers.length - this.#emptied.size <= servers.length / 2;
    this.machineChanged(server);
  }

  /** Whether what the cluster knew is gone for good. */
  get isStateLost(): boolean {
    return this.#isStateLost;
  }

  /** A server's process hangs, or goes on: its connections stay open and nothing comes back on them. Its member neither votes nor writes meanwhile. */
  setStalled(server: string, isStalled: boolean): void {
    assert(this.#options.servers.includes(server), `${server} is no server`);
    if (isStalled === this.#stalledSince.has(server)) return;
    if (isStalled) {
      this.#stalledSince.set(server, this.#around.clock.now());
      this.#around.clock.after(SILENT_CONNECTION_MS, () => this.#derive());
    } else this.#stalledSince.delete(server);
    this.#derive();
  }

  /** A server's disk takes so long until a write is on it; 0: no time worth a word. Its member is led by others, where there are any; its leases may run out before they are renewed. */
  setFsync(server: string, fsyncMs: number): void {
    assert(this.#options.servers.includes(server), `${server} is no server`);
    this.#fsyncMs.set(server, fsyncMs);
    this.#derive();
  }

  /** A server that starts from now on takes so many times as long as it should. */
  setSlowness(server: string, factor: number): void {
    this.#slowness.set(server, factor);
  }

  /** The datastore has reached its quota, or was cleared out: without room it answers reads alone. */
  setSpace(hasSpace: boolean): void {
    this.#hasSpace = hasSpace;
    this.#derive();
  }

  /** Lets time act on the servers' certificates. */
  setCertificates(term: CertificateTerm): void {
    for (const server of this.#options.servers) this.#certificates.set(server, { ...term });
    this.#watchExpiry();
    this.#derive();
  }

  /** Whether a machine's kubelet gets through to the API. */
  isReachableFrom(machine: string): boolean {
    const { doors, isLocalFirst } = this.#options;
    if ((this.#outage !== undefined && this.#outage !== "no space") || !this.#around.isAlive(machine)) return false;
    if (this.#isStuck(machine)) return false;
    if (isLocalFirst && this.#options.servers.includes(machine)) return this.#up.has(machine) && !this.#isSilent(machine);
    if (this.#address !== undefined) return this.#address.holder !== undefined;
    return doors.length === 0 || doors.some((door) => this.#isOpen(door));
  }

  #addressMoved(): void {
    this.#tell();
    this.#around.onChange();
  }

  #isOpen(door: string): boolean {
    return this.#around.isAlive(door) && (!this.#options.servers.includes(door) || this.#up.has(door));
  }

  /** A machine has lost or regained power or network. */
  machineChanged(machine: string): void {
    const { servers, doors } = this.#options;
    const isServer = servers.includes(machine);
    if (isServer) this.#look(machine);
    // Thousands of machines boot at once: what each of them alone can do to the others' way is nothing.
    const isAlone = !isServer && !doors.includes(machine) && this.#stalledSince.size === 0 && this.#emptied.size === 0;
    this.#derive(isAlone ? machine : undefined);
  }

  #look(server: string): void {
    if (!this.#mayRun(server)) this.#fall(server);
    else if (!this.#up.has(server) && !this.#starting.has(server)) this.#begin(server);
  }

  /** The network was split, or is whole again: servers on another side than the others are lost to them. */
  sidesChanged(): void {
    for (const server of this.#options.servers) this.#look(server);
    this.#derive();
  }

  /** Called when the API begins or stops to answer, or another server leads the control loops, or its address moves; returns how to stop. */
  onTurn(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  stop(): void {
    for (const cancel of this.#starting.values()) cancel();
    this.#cancelElection();
    this.#cancelExpiry();
    this.#loops.stop();
    this.#address?.stop();
  }

  #mayRun(server: string): boolean {
    return this.#around.isAlive(server) && (this.#hindered.get(server)?.size ?? 0) === 0 && (!this.#emptied.has(server) || this.#canJoin());
  }

  /** A member that is added anew needs the consent of most of the old ones. */
  #canJoin(): boolean {
    return !this.#isStateLost && this.#active().filter((server) => !this.#emptied.has(server)).length > this.#options.servers.length / 2;
  }

  #isSilent(server: string | undefined): boolean {
    return server !== undefined && this.#stalledSince.has(server);
  }

  /** Its server hangs and it still waits on that connection. A server's own kubelet asks that server; the others are shared out among all. */
  #isStuck(machine: string): boolean {
    const { servers, isLocalFirst } = this.#options;
    if (this.#stalledSince.size === 0) return false;
    const server = isLocalFirst && servers.includes(machine) ? machine : servers[fnv32a(machine) % servers.length]!;
    const sinceMs = this.#stalledSince.get(server);
    if (sinceMs === undefined || !this.#up.has(server)) return false;
    return server === machine || this.#around.clock.now() - sinceMs < SILENT_CONNECTION_MS;
  }

  /** Those that vote and write. */
  #active(): string[] {
    return this.#options.servers.filter((server) => this.#up.has(server) && !this.#isSilent(server) && !this.#isExpired(server));
  }

  #isExpired(server: string): boolean {
    const term = this.#certificates.get(server);
    return term !== undefined && this.#around.clock.now() >= term.untilMs;
  }

  #watchExpiry(): void {
    this.#cancelExpiry();
    const nowMs = this.#around.clock.now();
    const next = Math.min(...[...this.#certificates.values()].map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs));
    if (!Number.isFinite(next)) return;
    this.#cancelExpiry = this.#around.clock.after(next - nowMs, () => {
      this.#around.log("control plane: certificates have expired");
      this.#watchExpiry();
      this.#derive();
    });
  }

  #renew(server: string): void {
    const term = this.#certificates.get(server);
    const nowMs = this.#around.clock.now();
    if (term === undefined || term.renewedWithinMs === 0 || nowMs < term.untilMs - term.renewedWithinMs) return;
    this.#certificates.set(server, { ...term, untilMs: nowMs + term.lifeMs });
    this.#around.log(`control plane: ${server} renews its certificates`);
    this.#watchExpiry();
  }

  #begin(machine: string, waitMs = 0): void {
    const { clock, log } = this.#around;
    this.#starting.set(
      machine,
      clock.after(waitMs + this.#options.timings.startMs * (this.#slowness.get(machine) ?? 1), () => {
        this.#starting.delete(machine);
        this.#up.add(machine);
        this.#emptied.delete(machine);
        this.#renew(machine);
        log(`control plane: ${machine} is back`);
        this.#derive();
      }),
    );
  }

  #fall(machine: string): void {
    this.#starting.get(machine)?.();
    this.#starting.delete(machine);
    if (this.#up.delete(machine)) this.#around.log(`control plane: ${machine} is lost`);
  }

  /** What a write by way of a server takes: it waits for the one that is being written, and then for itself. etcd needs most of its members for it, and the server's own. */
  #writeMs(server: string): number {
    const { datastore, servers } = this.#options;
    const fsyncOf = (one: string): number => this.#fsyncMs.get(one) ?? 0;
    if (datastore === "external") return 0;
    if (datastore === "sqlite") return 2 * fsyncOf(servers[0]!);
    const fastestFirst = this.#active().map(fsyncOf).sort((a, b) => a - b);
    return 2 * Math.max(fastestFirst[Math.floor(servers.length / 2)] ?? 0, servers.includes(server) ? fsyncOf(server) : 0);
  }

  /** A member that is longer at its disk than an election takes is taken for lost by the others: heartbeats wait behind its writes. */
  #mayLead(server: string): boolean {
    return (this.#fsyncMs.get(server) ?? 0) < this.#options.timings.electionMs;
  }

  /** Its control loops have ended for want of a lease. With all of k3s in their process an API server starts again too. */
  #exited(server: string): void {
    const { isOneProcess, timings } = this.#options;
    if (!isOneProcess || this.#outage !== undefined || this.#isSilent(server) || !this.#up.has(server)) return;
    this.#fall(server);
    this.#begin(server, timings.restartMs[0]);
    this.#derive();
  }

  /** etcd: more than half of all members, running or not. */
  #hasQuorum(): boolean {
    const { datastore, servers } = this.#options;
    if (datastore === "external") return this.#active().length > 0;
    return datastore === "sqlite" ? this.#active().length === 1 : this.#active().length > servers.length / 2;
  }

  /** `only`: unless the servers or the address turn with it, nothing changes for any other machine. */
  #derive(only?: string): void {
    const { datastore } = this.#options;
    const before = this.#wayIn();
    if (!this.#hasQuorum()) {
      this.#datastoreLeader = undefined;
      this.#endElection();
    } else if (datastore === "etcd" && !this.#isLed()) this.#elect();
    const outage = this.#outageNow();
    if (outage !== this.#outage) {
      this.#outage = outage;
      this.#around.log(`control plane: ${outage ?? "the API answers"}`);
      this.#tell();
    }
    for (const server of this.#emptied) this.#look(server);
    this.#loops.changed();
    this.#address?.changed();
    this.#around.onChange(this.#wayIn() === before ? only : undefined);
  }

  /** All that many machines' way to the API hangs on. */
  #wayIn(): string {
    return [this.#outage, this.#address?.holder, ...this.#up].join();
  }

  #isLed(): boolean {
    const active = this.#active();
    return this.#datastoreLeader !== undefined && active.includes(this.#datastoreLeader) && (this.#mayLead(this.#datastoreLeader) || !active.some((server) => this.#mayLead(server)));
  }

  #outageNow(): Outage | undefined {
    const up = [...this.#up];
    if (this.#isStateLost) return "state lost";
    if (up.length === 0) return "no server";
    if (up.every((server) => this.#isExpired(server))) return "certificates expired";
    if (up.every((server) => this.#isSilent(server))) return "stalled";
    if (!this.#hasQuorum()) return "no quorum";
    if (this.#isElecting) return "election";
    return this.#hasSpace ? undefined : "no space";
  }

  /** The longest that a first round can take: a member waits up to two timeouts before it stands. */
  #elect(): void {
    if (this.#isElecting) return;
    this.#isElecting = true;
    this.#datastoreLeader = undefined;
    this.#cancelElection = this.#around.clock.after(2 * this.#options.timings.electionMs, () => {
      this.#isElecting = false;
      this.#datastoreLeader = this.#active().find((server) => this.#mayLead(server)) ?? this.#active()[0];
      this.#derive();
    });
  }

  #endElection(): void {
    this.#cancelElection();
    this.#isElecting = false;
  }
}
