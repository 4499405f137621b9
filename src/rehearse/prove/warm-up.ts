/** A homelab comes up and to rest, once for all scenarios that begin there. */
import type { SimClient } from "../../sim/api/client.ts";
import type { TieBreak } from "../../sim/scheduler/tie-break.ts";
import type { Outcome, Rehearsal } from "../rehearsal.ts";
import { type Placement, PlacementRecorder } from "./placements/placement.ts";
import { type WarmStart, warmStartOf } from "./warm-start.ts";

export interface WarmUpOptions {
  /** A cluster that can break, not settled yet. */
  newRehearsal(ties: TieBreak): Rehearsal;
  seed: string;
  isStopped(): boolean;
}

export interface WarmedUp {
  start: WarmStart;
  placed: Placement;
  /** Of the cluster that came up, which is closed: it can still be read. */
  client: SimClient;
}

/** A cluster that is not ready without any fault proves nothing. */
export class NotReady extends Error {
  readonly outcome: Extract<Outcome, { isReady: false }>;
  constructor(outcome: Extract<Outcome, { isReady: false }>) {
    super(outcome.why);
    this.outcome = outcome;
  }
}

/** After all is ready, leases, first reports and last restarts come to rest too. */
export const COME_TO_REST_MS = 60_000;

/** Undefined when it was interrupted. Throws `NotReady`. */
export async function warmUp({ newRehearsal, isStopped, seed }: WarmUpOptions, recorder = new PlacementRecorder()): Promise<WarmedUp | undefined> {
  const rehearsal = newRehearsal(recorder);
  try {
    const ready = await rehearsal.settle(isStopped);
    if (isStopped()) return undefined;
    if (!ready.isReady) throw new NotReady(ready);
    rehearsal.cluster.run(COME_TO_REST_MS);
    return { start: warmStartOf(rehearsal.cluster, seed), placed: [...recorder.placed], client: rehearsal.cluster.client };
  } finally {
    await rehearsal.close();
  }
}
