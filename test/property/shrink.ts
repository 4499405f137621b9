/** The least of a failing trial that still fails the same way: apps, events and machines are taken away one at a time for as long as it does. */
import type { Failure } from "./run-trial.ts";
import { type Trial, without } from "./trial.ts";

export interface Shrunk {
  trial: Trial;
  /** What was taken away. */
  removed: string[];
  failure: Failure;
}

/** `fails` runs a trial, and gives its failure. */
export async function shrink(trial: Trial, failure: Failure, fails: (trial: Trial) => Promise<Failure | undefined>): Promise<Shrunk> {
  let smallest: Shrunk = { trial, removed: [], failure };
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    const { steps, apps, machines } = smallest.trial;
    for (const { id } of [...steps, ...apps, ...machines.toReversed()]) {
      const less = without(smallest.trial, [id]);
      if (less === undefined) continue;
      const still = await fails(less);
      if (still?.what !== failure.what) continue;
      smallest = { trial: less, removed: [...smallest.removed, id], failure: still };
      isSmaller = true;
    }
  }
  return smallest;
}
