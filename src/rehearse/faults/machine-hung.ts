/** To all others it is as one whose cable is pulled. A reset is a power cut: what was in memory is gone, the disk is as it was. */
import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const MACHINE_HUNG_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.site.setMachineConnected(nodeOf(struck, target), false),
  end: (struck, target) => {
    const machine = nodeOf(struck, target);
    struck.site.setMachinePower(machine, false);
    struck.site.setMachineConnected(machine, true);
    struck.site.setMachinePower(machine, true);
  },
};
