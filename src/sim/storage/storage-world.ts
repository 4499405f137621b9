/** What storage sees of a cluster: read from its machines and its objects as they are now. */
import type { SimClient } from "../api/client.ts";
import type { SimClock } from "../clock/sim-clock.ts";
import { isConditionTrue } from "../controllers/conditions.ts";
import type { Node, Pod } from "../controllers/shapes.ts";
import type { NodeAgents } from "../kubelet/node-agents.ts";
import { hostsOf, monitorsOf, servesOn, STORAGE_DRIVERS } from "./drivers.ts";
import type { StorageWorld, VolumeState } from "./volume-copies.ts";

const ZONE = "topology.kubernetes.io/zone";

export interface StorageParts {
  readonly client: SimClient;
  readonly clock: SimClock;
  readonly agents: Pick<NodeAgents, "machine" | "onReachChange" | "onTurn">;
  log(line: string): void;
  /** Whether the API can be written to now. */
  hasApi(): boolean;
  /** Where the network is split: the side that a machine is on; undefined while it is whole. */
  sideOf(machine: string): string | undefined;
}

export function storageWorld({ client, clock, agents, hasApi, sideOf }: StorageParts, volumes: Iterable<VolumeState>): StorageWorld {
  const isRunning = (machine: string): boolean => agents.machine(machine)?.isRunning === true;
  const reaches = (one: string, other: string): boolean => {
    if (one === other) return isRunning(one);
    const [side, otherSide] = [sideOf(one), sideOf(other)];
    if (side !== undefined || otherSide !== undefined) return isRunning(one) && isRunning(other) && side === otherSide;
    return agents.machine(one)?.isReachable === true && agents.machine(other)?.isReachable === true;
  };
  const runs = ({ metadata, spec }: Pod): boolean => agents.machine(spec.nodeName ?? "")?.worker(metadata.namespace ?? "", metadata.name)?.apps.every(({ current }) => current?.process !== undefined && current.ended === undefined) === true;
  const all = [...volumes];
  const roomOf = (machine: string): number => {
    let bytes = agents.machine(machine)?.machine.diskBytes ?? 0;
    for (const { copies, sizeBytes } of all) if (copies.some((copy) => copy.machine === machine)) bytes -= sizeBytes;
    return bytes;
  };
  return {
    nowMs: clock.now(),
    hasApi: hasApi(),
    isRunning,
    reaches,
    isOnline: (machine) => agents.machine(machine)?.isOnline === true,
    isSeen: (machine) => agents.machine(machine)?.isReachable === true,
    isReady: (machine) => isConditionTrue(client.get<Node>("nodes", undefined, machine)?.status?.conditions, "Ready"),
    hosts: (driver) => hostsOf(STORAGE_DRIVERS[driver]!, client).map((machine) => ({ machine, room: roomOf(machine) })).sort((a, b) => b.room - a.room || (a.machine < b.machine ? -1 : 1)).map(({ machine }) => machine),
    zoneOf: (machine) => client.get("nodes", undefined, machine)?.metadata.labels?.[ZONE] ?? "",
    monitors: () => monitorsOf(client, runs),
    serves: (driver, machine) => servesOn(STORAGE_DRIVERS[driver]!, machine, client, runs),
    rebuildsOn: (machine) => all.flatMap(({ copies }) => copies).filter((copy) => copy.machine === machine && copy.rebuiltAtMs !== undefined).length,
  };
}
