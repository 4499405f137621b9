import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const POWER_OFF_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.site.setMachinePower(nodeOf(struck, target), false),
  end: (struck, target) => struck.site.setMachinePower(nodeOf(struck, target), true),
};
