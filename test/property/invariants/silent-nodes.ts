/** What cannot reach a majority of the servers says nothing: a machine that is cut off, that hangs, or that is on the smaller side of a network that is split. */
import { type Invariant, majoritySide, sideOf, type Watched } from "./watched.ts";

export function silentNodes(watched: Watched): Invariant {
  const names = new Set(watched.trial.machines.map(({ id }) => id));
  return ({ type, object, kind }) => {
    const { name } = object.metadata;
    // Its owner alone renews a node's lease.
    if (!watched.hasBegun || type !== "coordination.k8s.io/leases" || kind === "delete" || !names.has(name)) return undefined;
    const side = sideOf(watched, name);
    return side !== undefined && side === majoritySide(watched) ? undefined : `${name} renews its lease and reaches no majority of the servers`;
  };
}
