/** What is taken of each machine and what is free. */
import type { Machine } from "../../config/homelab.ts";
import type { NodeInfo } from "../../sim/scheduler/node-info.ts";
import type { Placement } from "./placement.ts";

export interface Taken {
  requested: number;
  allocatable: number;
}

/** Cpu in thousandths of a core, memory and storage in bytes. */
export interface MachineRoom {
  machine: string;
  cpuMilli: Taken;
  memoryBytes: Taken;
  pods: Taken;
  /** Where the file says how large its disk is. */
  ephemeralBytes: Taken | undefined;
  /** One more pod of at most this; undefined where none is taken. */
  largestPod: { cpuMilli: number; memoryBytes: number } | undefined;
  /** Keys of taints that keep out what does not tolerate them. */
  taints: readonly string[];
}

export function machineRooms({ cache }: Placement, machines: readonly Machine[]): MachineRoom[] {
  return machines.flatMap((machine) => {
    const node = cache.node(machine.hostname);
    return node === undefined ? [] : [roomOf(machine, node)];
  });
}

function roomOf({ name, disks }: Machine, node: NodeInfo): MachineRoom {
  const taken = (resource: string): Taken => ({ requested: node.requested.get(resource) ?? 0, allocatable: node.allocatable.get(resource) ?? 0 });
  const free = (resource: string): number => taken(resource).allocatable - taken(resource).requested;
  const hasRoom = node.pods.size < node.podCountMax && free("cpu") > 0 && free("memory") > 0;
  return {
    machine: name,
    cpuMilli: taken("cpu"),
    memoryBytes: taken("memory"),
    pods: { requested: node.pods.size, allocatable: node.podCountMax },
    ephemeralBytes: disks.length === 0 ? undefined : taken("ephemeral-storage"),
    largestPod: hasRoom ? { cpuMilli: free("cpu"), memoryBytes: free("memory") } : undefined,
    taints: (node.node.spec.taints ?? []).filter(({ effect }) => effect !== "PreferNoSchedule").map(({ key }) => key),
  };
}
