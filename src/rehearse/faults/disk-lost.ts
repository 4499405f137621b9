import { type FaultEffect, isServer, nodeOf } from "./fault-effect.ts";

export const DISK_LOST_EFFECT: FaultEffect = {
  begin: (struck, target) => {
    const machine = nodeOf(struck, target);
    struck.site.setMachinePower(machine, false);
    struck.cluster.agents.machine(machine)?.loseDisk();
    struck.cluster.volumes.loseDisk(machine);
    if (isServer(struck, target)) struck.cluster.controlPlane?.loseData(machine);
  },
  end: (struck, target) => struck.site.setMachinePower(nodeOf(struck, target), true),
};
