/**
 * The pods' network on one machine while the agent of its plugin does not run there. What runs keeps its addresses, routes and rules; what would have to be programmed anew
 * is not. What each plugin can do without its agent is told as data: none is known here by name.
 */
export interface WithoutAgent {
  /** Pods of the agent itself: it is back when one of them runs on the machine again, or at once where the cluster has none. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the plugin answers when it is asked for a sandbox's network. */
  readonly refusal?: {
    readonly error: string;
    /** How long it waits for its agent before it says so. */
    readonly waitMs: number;
    /** From when on: milliseconds since the agent is gone, or only where the machine has booted without it. */
    readonly from: number | "boot";
  };
  /** A sandbox has its address, and nothing that it sends or is sent is let through until the agent is there. */
  readonly leavesUnwired?: true;
  /** How long other machines keep their routes to pods here; undefined: until these change by themselves. */
  readonly routesLastMs?: number;
  /** It does kube-proxy's work too: requests that begin here go where they went. */
  readonly isServiceProxy?: true;
}

export class PodNetwork {
  #without: WithoutAgent | undefined;
  #lostMs = 0;
  #hasBooted = false;
  #isReturning = false;
  /** Each time that the agent is gone has its number. */
  #lossCount = 0;

  /** Undefined while its agent runs. */
  get without(): WithoutAgent | undefined {
    return this.#without;
  }

  get isReturning(): boolean {
    return this.#isReturning;
  }

  lose(without: WithoutAgent, nowMs: number): void {
    this.#isReturning = false;
    if (this.#without !== undefined) return;
    this.#without = without;
    this.#lostMs = nowMs;
    this.#hasBooted = false;
    this.#lossCount++;
  }

  /** The agent can run again, and does as soon as its pod is started. */
  letReturn(): void {
    this.#isReturning = this.#without !== undefined;
  }

  regain(): void {
    this.#without = undefined;
    this.#isReturning = false;
  }

  /** The machine starts: what was programmed is gone, and what lay in `/run`. */
  booted(): void {
    this.#hasBooted = true;
  }

  /** Why no sandbox gets a network now. */
  refusal(nowMs: number): { error: string; waitMs: number } | undefined {
    const refusal = this.#without?.refusal;
    if (refusal === undefined) return undefined;
    return (refusal.from === "boot" ? this.#hasBooted : nowMs - this.#lostMs >= refusal.from) ? refusal : undefined;
  }

  /** What a sandbox that is made now keeps, to ask `isWired` with. */
  get mark(): number | undefined {
    return this.#without?.leavesUnwired === true ? this.#lossCount : undefined;
  }

  isWired(mark: number | undefined): boolean {
    return this.#without === undefined || mark !== this.#lossCount;
  }

  /** Whether the machine itself reaches the pod: its rules stop what comes of an interface that they do not know, and a boot without the agent leaves no rules. */
  isHeardByHost(mark: number | undefined): boolean {
    return this.#hasBooted || this.isWired(mark);
  }

  /** Whether pods here and pods elsewhere do not reach each other. Nothing has programmed routes since a boot without the agent. */
  isCut(nowMs: number): boolean {
    if (this.#without === undefined) return false;
    const { routesLastMs } = this.#without;
    return this.#hasBooted || (routesLastMs !== undefined && nowMs - this.#lostMs >= routesLastMs);
  }
}
