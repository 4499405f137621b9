/**
 * The API's own address, where one of several machines answers for it at a time: who holds it, and when another takes it. Machines are told of changes by `changed`; whether
 * one can hold it, and whether the API answers, is asked.
 */
import { assert } from "../../lib/assert.ts";
import type { Clock } from "../../ports/clock.ts";

export interface AddressKeeping {
  /** Those that may hold it, in the order in which they are preferred; the first holds it at the beginning. Each with the time from the holder's loss until it has the address, milliseconds. */
  candidates: readonly { machine: string; takeoverMs: number }[];
  /**
   * The holder is elected by a lease that the API keeps (kube-vip): nobody takes the address whom the API does not answer, and who cannot renew for `renewMs` lets it go.
   * `retryMs`: how often the others try. Undefined: they hear each other (VRRP).
   */
  lease?: { renewMs: number; retryMs: number };
}

export interface AddressSurroundings {
  clock: Clock;
  log(line: string): void;
  /** It runs, reaches the home's network, and what it keeps the address for is there. */
  canHold(machine: string): boolean;
  /** The API answers it. Asked only where there is a lease. */
  canRenew(machine: string): boolean;
  /** Called when the address has moved or is away. */
  onMove(): void;
}

export class EndpointAddress {
  readonly #keeping: AddressKeeping;
  readonly #around: AddressSurroundings;
  #holder: string | undefined;
  /** The lease is nobody's: it was let go of, or has run out. Who tries has it. */
  #isFree = false;
  #isTakeoverDue = false;
  #cancelTakeover: () => void = () => undefined;
  #unrenewedSinceMs: number | undefined;
  #cancelGivingUp: () => void = () => undefined;

  constructor(keeping: AddressKeeping, around: AddressSurroundings) {
    assert(keeping.candidates.length > 0, "an address needs a machine that can hold it");
    this.#keeping = keeping;
    this.#around = around;
    this.#holder = keeping.candidates[0]!.machine;
  }

  /** Undefined while nobody answers for it. */
  get holder(): string | undefined {
    return this.#holder;
  }

  /** Makes one machine hold it: who does is chance, and a proof looks at the worst. Nothing where it is none of the candidates. */
  letHold(machine: string): void {
    if (this.#keeping.candidates.some((one) => one.machine === machine) && this.#around.canHold(machine)) this.#holder = machine;
  }

  /** A machine, or the API, has come or gone. */
  changed(): void {
    if (this.#holder !== undefined) {
      this.#watchRenewal(this.#holder);
      const hasGivenUp = this.#hasGivenUp();
      if (this.#around.canHold(this.#holder) && !hasGivenUp) return;
      this.#isFree = hasGivenUp;
      this.#lose(this.#holder);
    }
    if (!this.#isTakeoverDue) this.#wait();
  }

  stop(): void {
    this.#cancelTakeover();
    this.#cancelGivingUp();
  }

  #lose(holder: string): void {
    this.#cancelGivingUp();
    this.#unrenewedSinceMs = undefined;
    this.#holder = undefined;
    this.#around.log(`control plane: ${holder} answers for the API's address no more`);
    this.#around.onMove();
  }

  #wait(): void {
    const { lease } = this.#keeping;
    // A later change asks again.
    const next = this.#keeping.candidates.find(({ machine }) => this.#around.canHold(machine) && (!this.#isFree || this.#around.canRenew(machine)));
    if (next === undefined) return;
    this.#isTakeoverDue = true;
    this.#cancelTakeover = this.#around.clock.after(lease !== undefined && this.#isFree ? lease.retryMs : next.takeoverMs, () => {
      this.#isTakeoverDue = false;
      this.#take();
    });
  }

  #take(): void {
    const { candidates, lease } = this.#keeping;
    this.#holder = candidates.find(({ machine }) => this.#around.canHold(machine) && (lease === undefined || this.#around.canRenew(machine)))?.machine;
    // The lease has run out all the same.
    this.#isFree = this.#holder === undefined && lease !== undefined;
    if (this.#holder === undefined) return;
    this.#around.log(`control plane: ${this.#holder} answers for the API's address`);
    this.#around.onMove();
  }

  #hasGivenUp(): boolean {
    const { lease } = this.#keeping;
    return lease !== undefined && this.#unrenewedSinceMs !== undefined && this.#around.clock.now() - this.#unrenewedSinceMs >= lease.renewMs;
  }

  #watchRenewal(holder: string): void {
    const { lease } = this.#keeping;
    if (lease === undefined) return;
    if (this.#around.canRenew(holder)) {
      this.#cancelGivingUp();
      this.#unrenewedSinceMs = undefined;
    } else if (this.#unrenewedSinceMs === undefined) {
      this.#unrenewedSinceMs = this.#around.clock.now();
      this.#cancelGivingUp = this.#around.clock.after(lease.renewMs, () => this.changed());
    }
  }
}
