/**
 * Which server leads the control loops (controller manager and scheduler; k3s runs both in one process), by the rules of upstream's leader election: a leader that cannot renew
 * for ten seconds exits, a standby takes over once the lease has run out, and whoever leads begins with an empty memory.
 */
import type { Clock } from "../../ports/clock.ts";
import type { Random } from "../../ports/random.ts";
import type { ControlPlaneTimings } from "./timings.ts";

export interface LoopLeaderOptions {
  timings: ControlPlaneTimings;
  clock: Clock;
  random: Random;
  /** Starts the loops; returns how to stop them. */
  start(): () => void;
  isUp(server: string): boolean;
  /** The API takes writes; of this server, where one is named. */
  isAnswering(server?: string): boolean;
  /** A server that leads renews its lease in time. */
  canRenew(server: string): boolean;
  /** The loops of a server have ended by themselves: they could not renew in time. */
  onExit(server: string): void;
  /** Who leads has changed. */
  onLead(): void;
  log(line: string): void;
}

const NOTHING = (): void => undefined;

export class LoopLeader {
  readonly #options: LoopLeaderOptions;
  readonly #servers: readonly string[];
  #leader: string | undefined;
  #stopLoops: () => void = NOTHING;
  #cancelTimer: () => void = () => undefined;
  /** Whether the leader has lost the API and will exit at its deadline. */
  #isRenewing = true;
  /** Times that the processes have been started without finding an API, in this outage. */
  #vainStarts = 0;
  /** Since when a process that has started waits for an API. */
  #waitsSinceMs: number | undefined;

  constructor(options: LoopLeaderOptions, servers: readonly string[], leader: string = servers[0]!) {
    this.#options = options;
    this.#servers = servers;
    this.#take(leader);
  }

  get leader(): string | undefined {
    return this.#leader;
  }

  /** The lease changes hands without a gap, and without the memory. */
  moveTo(server: string): void {
    if (this.#leader === server) return;
    this.#resign();
    this.#take(server);
  }

  stop(): void {
    this.#resign();
  }

  /** Its process dies: a standby takes over once the lease has run out, or itself, started again. */
  lose(): void {
    if (this.#leader === undefined) return;
    const { timings, log } = this.#options;
    log(`control loops: ${this.#leader} no longer leads`);
    this.#resign();
    this.#waitFor(timings.leaseMs + this.#chance(timings.retryMs));
  }

  /** A server came or went, or the API's answer turned. */
  changed(): void {
    const { isUp, isAnswering, canRenew, timings, clock } = this.#options;
    if (this.#leader !== undefined && !isUp(this.#leader)) {
      this.#options.log(`control loops: their leader ${this.#leader} is lost`);
      this.#resign();
      // The last renewal was up to one period ago, and a standby looks once per period.
      this.#waitFor(timings.leaseMs + this.#chance(timings.retryMs));
    } else if (this.#leader !== undefined && !canRenew(this.#leader) && this.#isRenewing) {
      this.#isRenewing = false;
      this.#cancelTimer();
      this.#cancelTimer = clock.after(timings.renewDeadlineMs, () => {
        const leader = this.#leader!;
        this.#options.log(`control loops: ${leader} cannot renew its lease and exits`);
        this.#resign();
        this.#options.onExit(leader);
        // Where another server answers, the one there sees the lease run out; its last renewal was before the silence.
        if (isAnswering()) this.#waitFor(timings.leaseMs - timings.renewDeadlineMs + this.#chance(timings.retryMs));
        else this.#retryStart();
      });
    } else if (this.#leader !== undefined && canRenew(this.#leader) && !this.#isRenewing) {
      this.#isRenewing = true;
      this.#cancelTimer();
    } else if (this.#waitsSinceMs !== undefined && isAnswering()) {
      const askedMs = (clock.now() - this.#waitsSinceMs) % HEALTH_PERIOD_MS;
      this.#waitFor(HEALTH_PERIOD_MS - askedMs + this.#chance(timings.retryMs));
    }
  }

  #waitFor(delayMs: number): void {
    this.#waitsSinceMs = undefined;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#tryToTake());
  }

  #tryToTake(): void {
    const { isAnswering, isUp, canRenew } = this.#options;
    const candidates = this.#servers.filter((server) => isUp(server) && isAnswering(server));
    // Who is slow to write is slow to take it, too.
    const candidate = candidates.find(canRenew) ?? candidates[0];
    if (candidate !== undefined) return this.#take(candidate);
    this.#retryStart();
  }

  /** Started again and again, each time waiting a while for an API. */
  #retryStart(): void {
    const { timings } = this.#options;
    const delayMs = timings.restartMs[Math.min(this.#vainStarts, timings.restartMs.length - 1)]!;
    this.#vainStarts++;
    this.#waitsSinceMs = undefined;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#waitForApi());
  }

  #waitForApi(): void {
    const { timings, clock, isAnswering } = this.#options;
    if (isAnswering()) return this.#waitFor(this.#chance(timings.retryMs));
    this.#waitsSinceMs = clock.now();
    this.#cancelTimer = clock.after(timings.healthyWithinMs, () => this.#retryStart());
  }

  #take(server: string): void {
    this.#leader = server;
    this.#isRenewing = true;
    this.#vainStarts = 0;
    this.#options.log(`control loops: led by ${server}`);
    this.#stopLoops = this.#options.start();
    this.#options.onLead();
    // It may have been slow from the start.
    this.changed();
  }

  #resign(): void {
    this.#waitsSinceMs = undefined;
    this.#cancelTimer();
    this.#stopLoops();
    this.#stopLoops = NOTHING;
    this.#leader = undefined;
    this.#options.onLead();
  }

  #chance(ms: number): number {
    return Math.floor(this.#options.random.next() * ms);
  }
}

/** `WaitForAPIServer` asks once a second. */
const HEALTH_PERIOD_MS = 1_000;
