/** Nothing is written while no server has the others' majority behind it. */
import { type Invariant, type Watched } from "./watched.ts";

export function quorumWrites(watched: Watched): Invariant {
  const { trial, cluster, hindered } = watched;
  const servers = trial.machines.filter(({ isServer }) => isServer).map(({ id }) => id);
  return ({ type, key, kind }) => {
    if (!watched.hasBegun) return undefined;
    const alive = servers.filter((server) => {
      const machine = cluster.agents.machine(server)!;
      return machine.isReachable && machine.hasTime && (hindered.get(server) ?? 0) === 0;
    });
    return alive.length * 2 > servers.length ? undefined : `${kind} of ${type} ${key} with ${alive.length} of ${servers.length} servers`;
  };
}
