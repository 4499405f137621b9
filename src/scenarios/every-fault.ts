/** Every kind of fault that a homelab can have, once for each of its targets: the set of a proof that leaves nothing out. */
import type { Elements } from "./check-targets.ts";
import { type Fault, FAULT_IDS, FAULTS, type FaultId } from "./fault.ts";

export interface FaultTargets extends Elements {
  /** Hosts that images come from. */
  readonly registries: readonly string[];
  /** `NAMESPACE/NAME` of what makes the apps' pods. */
  readonly workloads: readonly string[];
  /** Machines that may come to be on a side of their own. */
  readonly sides: readonly (readonly string[])[];
}

/** Each of them a scenario; of several faults where one alone is not felt. */
export function everyFault(targets: FaultTargets): Fault[][] {
  return FAULT_IDS.filter((id) => (FAULTS[id].needsEtcd !== true || targets.hasEtcd) && (FAULTS[id].needsIngress !== true || targets.hasIngress) && (FAULTS[id].needsNetworkAgent !== true || targets.hasNetworkAgent) && (FAULTS[id].needsGossip !== true || targets.hasGossip)).flatMap((id) => targetsOf(id, targets).map((target) => withOccasion({ id, target }, targets)));
}

/** A machine that waits for its button is seen when the power returns, several answers for one address when one of them goes, a clock without a battery, a slow processor and a network agent that does not run at the next start. */
const FELT_AT_THE_NEXT_START: readonly FaultId[] = ["clock-lost", "machine-slow", "cni-agent-lost"];

function withOccasion(fault: Fault, { servers }: FaultTargets): Fault[] {
  if (fault.id === "stays-off") return [fault, { id: "blackout", target: "" }];
  // Any node will do: the one that goes is taken to have had the addresses.
  if (fault.id === "gossip-blocked") return [fault, ...servers.slice(0, 1).map((target): Fault => ({ id: "power-off", target }))];
  return FELT_AT_THE_NEXT_START.includes(fault.id) ? [fault, { id: "reboot", target: fault.target }] : [fault];
}

function targetsOf(id: FaultId, { machines, servers, siteParts, networkParts, apps, registries, workloads, sides }: FaultTargets): readonly string[] {
  switch (FAULTS[id].strikes) {
    case "machine":
      return machines;
    case "machines":
      return sides.map((side) => side.join());
    case "server":
      return servers;
    case "site part":
      return siteParts;
    case "network part":
      return networkParts;
    case "machine or site part":
      return [...machines, ...siteParts];
    case "app":
      return apps;
    case "pods":
      return workloads;
    case "registry":
      return registries;
    case "home":
      return [""];
  }
}
