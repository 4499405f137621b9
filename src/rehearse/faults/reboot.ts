import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const REBOOT_EFFECT: FaultEffect = {
  begin: (struck, target) => {
    const machine = nodeOf(struck, target);
    struck.site.setMachinePower(machine, false);
    struck.site.setMachinePower(machine, true);
  },
  end: () => undefined,
};
