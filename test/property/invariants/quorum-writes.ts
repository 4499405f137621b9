/** Nothing is written while no server has the others' majority behind it: on its side, where the network is split. */
import { type Invariant, majoritySide, type Watched } from "./watched.ts";

export function quorumWrites(watched: Watched): Invariant {
  return ({ type, key, kind }) => {
    if (!watched.hasBegun || majoritySide(watched) !== undefined) return undefined;
    const servers = watched.trial.machines.filter(({ isServer }) => isServer).length;
    return `${kind} of ${type} ${key} without a majority of the ${servers} servers`;
  };
}
