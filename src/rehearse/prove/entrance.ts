/**
 * The first stretch of a request's way to the ingress: the machine that the router sends to, all that clients try, or the one that answers for an address, which moves to
 * another when it is lost, whether or not anybody is told.
 */
import type { Cluster } from "../../sim/cluster.ts";
import type { Site } from "../../sim/site/site.ts";
import type { Way } from "./doors.ts";
import { FINE, type View } from "./view.ts";

export class Entrance {
  readonly #way: Way;
  readonly #cluster: Cluster;
  readonly #site: Site;
  /** Who answers for the address of the door now, and since when it is dead. */
  #holder: string | undefined;
  #lastHolder: string | undefined;
  /** Nobody says that the address is elsewhere now. */
  #isUnheard = false;
  /** Where the router believes the address to be, and until when, once it has left that machine. */
  #entry: { machine: string; untilMs: number } | undefined;
  /** Called when the address has moved, with who answered for it and who does now; `isAnnounced`: who does has said so. */
  onMove: (from: string, to: string, isAnnounced: boolean) => void = () => undefined;
  /** Called when the router asks anew who has the address, with whom it believed to have it. */
  onRouterAsks: (before: string) => void = () => undefined;

  constructor(way: Way, cluster: Cluster, site: Site) {
    this.#way = way;
    this.#cluster = cluster;
    this.#site = site;
    if (way.door.kind === "address") this.#holder = way.door.machines[0];
  }

  /** Lets this machine answer for the door's address: who does is chance, and a proof looks at the worst. */
  letHold(machine: string): void {
    if (this.#way.door.kind === "address" && this.#way.door.machines.includes(machine)) this.#holder = machine;
  }

  /** Until when something is known to change here by itself, in milliseconds since 1970; 0: nothing is. */
  get changesUntilMs(): number {
    return this.#entry?.untilMs ?? 0;
  }

  /** What gets as far as a machine now. The address moves by being looked at. */
  look(): View {
    const { door, neighbour } = this.#way;
    if (door.kind === "machine") return this.#isAlive(door.machine) ? FINE : { share: 0, why: `the router sends all requests to ${door.machine}, which does not answer`, hangsOn: { machines: [door.machine] } };
    if (door.kind === "machines") {
      const alive = door.machines.filter((machine) => this.#isAlive(machine));
      const dead = door.machines.filter((machine) => !alive.includes(machine));
      return dead.length === 0 ? FINE : { share: alive.length / door.machines.length, why: `clients still try ${dead.join(", ")}`, hangsOn: { machines: dead } };
    }
    // Back before another took over, it never stopped answering for it.
    if (this.#holder === undefined && this.#lastHolder !== undefined && this.#isAlive(this.#lastHolder)) this.#holder = this.#lastHolder;
    if (this.#holder !== undefined && this.#isAlive(this.#holder)) return this.#neighbourhood(neighbour?.router);
    if (neighbour !== undefined && this.#holder !== undefined) this.#keepEntry(this.#holder, neighbour.expiryMs);
    const isAnnounced = door.unheardMs === undefined || this.#site.hasGossip;
    this.#moveAddress(door.machines, isAnnounced ? door.failoverMs : door.unheardMs!, isAnnounced);
    if (this.#isUnheard) return { share: 0, why: `people still send to ${this.#lastHolder}, which answered for the ingress' address`, hangsOn: { address: true } };
    return { share: 0, why: "the ingress' address has no machine yet", hangsOn: { address: true } };
  }

  /** The router asks for an address when what it knows is older than it may be; what it knows is taken to be fresh when the machine goes: the worst case. */
  #keepEntry(machine: string, expiryMs: number): void {
    const { loop } = this.#cluster;
    if (this.#entry !== undefined) return;
    this.#entry = { machine, untilMs: loop.now() + expiryMs };
    loop.after(expiryMs, () => {
      this.#entry = undefined;
      this.onRouterAsks(machine);
    });
  }

  /** Whether what the router sends arrives: a machine that is back takes what is for an address of the cluster, whoever announces it now. */
  #neighbourhood(router = ""): View {
    if (this.#entry === undefined || this.#isAlive(this.#entry.machine)) return FINE;
    return { share: 0, why: `${router} still sends to ${this.#entry.machine}, which had the ingress' address`, hangsOn: { address: true } };
  }

  #moveAddress(machines: readonly string[], failoverMs: number, isAnnounced: boolean): void {
    const before = this.#holder;
    if (before === undefined) return;
    this.#holder = undefined;
    this.#lastHolder = before;
    this.#isUnheard = !isAnnounced;
    const tryAgain = (): void => {
      if (this.#holder !== undefined) return;
      this.#holder = machines.find((machine) => this.#isAlive(machine));
      if (this.#holder === undefined) this.#cluster.loop.upkeep(failoverMs, tryAgain);
      else this.onMove(before, this.#holder, isAnnounced);
    };
    this.#cluster.loop.after(failoverMs, tryAgain);
  }

  #isAlive(machine: string): boolean {
    const kubelet = this.#cluster.agents.machine(machine);
    if (kubelet !== undefined) return kubelet.isReachable;
    const { hasPower, isConnected } = this.#site.state(machine);
    return hasPower && isConnected;
  }
}
