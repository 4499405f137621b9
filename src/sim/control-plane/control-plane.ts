/**
 * Who keeps the API up: the machines with an API server, the datastore behind them and its quorum, and who leads the control loops. It only
 * derives; whether a machine runs and reaches the others is asked, and told by `machineChanged`. Everything is up when it is made: a
 * cluster's first start is not its concern.
 */
import { assert } from "../../lib/assert.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import { ApiError } from "../api/status.ts";
import { LoopLeader } from "./loop-leader.ts";
import type { ControlPlaneTimings } from "./timings.ts";

export interface ControlPlaneOptions {
  /** Machines with an API server, one at least. With etcd each holds a member too. */
  servers: readonly string[];
  /** `sqlite`: in the one server. `external`: on a machine that is not ours, and never lost. */
  datastore: "etcd" | "sqlite" | "external";
  timings: ControlPlaneTimings;
  /**
   * Machines of which one must be alive for others to find the API: load balancers, or the one machine whose address every kubelet was given.
   * Empty: each machine knows all servers itself (k3s' agents, a load balancer on each node).
   */
  doors: readonly string[];
  /** Whether a server's own kubelet asks its own API server (k3s; kubeadm since 1.33, `ControlPlaneKubeletLocalMode`). */
  isLocalFirst: boolean;
}

export interface ControlPlaneSurroundings {
  clock: Clock;
  random: Random;
  log(line: string): void;
  /** Has power, has booted, and reaches the home's network. */
  isAlive(machine: string): boolean;
  /** Starts what runs once in the cluster, with an empty memory; returns how to stop it. */
  startLoops(): () => void;
  /** Called after every change of what can be reached, once. */
  onChange(): void;
}

/** Why the API does not answer, in the words that a client reads. */
export type Outage = "no server" | "no quorum" | "election";

const REFUSALS: Readonly<Record<Outage, () => ApiError>> = {
  "no server": () => new ApiError(503, "ServiceUnavailable", "the server is currently unable to handle the request"),
  // What the API server passes on from its etcd client (`etcdserver.ErrTimeout`, `ErrLeaderChanged`).
  "no quorum": () => new ApiError(500, "", "etcdserver: request timed out"),
  election: () => new ApiError(500, "", "etcdserver: leader changed"),
};

export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #around: ControlPlaneSurroundings;
  /** Servers whose API server and member run. */
  readonly #up: Set<string>;
  readonly #starting = new Map<string, () => void>();
  readonly #loops: LoopLeader;
  #datastoreLeader: string | undefined;
  #isElecting = false;
  #cancelElection: () => void = () => undefined;
  #outage: Outage | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(options: ControlPlaneOptions, around: ControlPlaneSurroundings) {
    assert(options.servers.length > 0, "a control plane needs a server");
    assert(options.datastore !== "sqlite" || options.servers.length === 1, "SQLite is in one server");
    this.#options = options;
    this.#around = around;
    this.#up = new Set(options.servers);
    this.#datastoreLeader = options.servers[0];
    this.#loops = new LoopLeader({ timings: options.timings, clock: around.clock, random: around.random, start: () => (this.#tell(), around.startLoops()), isUp: (server) => this.#up.has(server), isAnswering: () => this.#outage === undefined, log: around.log }, options.servers);
  }

  /** Why nothing can be read or written now; undefined while the API answers. */
  get outage(): Outage | undefined {
    return this.#outage;
  }

  /** What a request is answered with now; undefined while the API answers. */
  refusal(): ApiError | undefined {
    return this.#outage === undefined ? undefined : REFUSALS[this.#outage]();
  }

  /** The server that leads the control loops; undefined while nobody does. */
  get loopLeader(): string | undefined {
    return this.#loops.leader;
  }

  /** Makes one server lead all that has a leader, without the time that it takes: who leads is chance, and a proof looks at the worst. */
  letLead(server: string): void {
    assert(this.#up.has(server), `${server} runs no API server now`);
    this.#datastoreLeader = server;
    this.#loops.moveTo(server);
  }

  /** Whether a machine's kubelet gets through to the API. */
  isReachableFrom(machine: string): boolean {
    const { doors, isLocalFirst } = this.#options;
    if (this.#outage !== undefined || !this.#around.isAlive(machine)) return false;
    if (isLocalFirst && this.#up.has(machine)) return true;
    return doors.length === 0 || doors.some((door) => this.#around.isAlive(door) && (!this.#options.servers.includes(door) || this.#up.has(door)));
  }

  /** A machine has lost or regained power or network. */
  machineChanged(machine: string): void {
    if (this.#options.servers.includes(machine)) {
      if (!this.#around.isAlive(machine)) this.#fall(machine);
      else if (!this.#up.has(machine) && !this.#starting.has(machine)) this.#begin(machine);
    }
    this.#derive();
  }

  /** Called when the API begins or stops to answer, or another server leads the control loops; returns how to stop. */
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
    this.#loops.stop();
  }

  #begin(machine: string): void {
    const { clock, log } = this.#around;
    this.#starting.set(
      machine,
      clock.after(this.#options.timings.startMs, () => {
        this.#starting.delete(machine);
        this.#up.add(machine);
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

  /** etcd: more than half of all members, running or not. */
  #hasQuorum(): boolean {
    const { datastore, servers } = this.#options;
    if (datastore === "external") return true;
    return datastore === "sqlite" ? this.#up.size === 1 : this.#up.size > servers.length / 2;
  }

  #derive(): void {
    const { datastore } = this.#options;
    if (!this.#hasQuorum()) {
      this.#datastoreLeader = undefined;
      this.#endElection();
    } else if (datastore === "etcd" && (this.#datastoreLeader === undefined || !this.#up.has(this.#datastoreLeader))) this.#elect();
    const outage: Outage | undefined = this.#up.size === 0 ? "no server" : !this.#hasQuorum() ? "no quorum" : this.#isElecting ? "election" : undefined;
    if (outage !== this.#outage) {
      this.#outage = outage;
      this.#around.log(`control plane: ${outage ?? "the API answers"}`);
      this.#tell();
    }
    this.#loops.changed();
    this.#around.onChange();
  }

  /** The longest that a first round can take: a member waits up to two timeouts before it stands. */
  #elect(): void {
    if (this.#isElecting) return;
    this.#isElecting = true;
    this.#datastoreLeader = undefined;
    this.#cancelElection = this.#around.clock.after(2 * this.#options.timings.electionMs, () => {
      this.#isElecting = false;
      this.#datastoreLeader = this.#options.servers.find((server) => this.#up.has(server));
      this.#derive();
    });
  }

  #endElection(): void {
    this.#cancelElection();
    this.#isElecting = false;
  }
}
