import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const NETWORK_CUT_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.site.setMachineConnected(nodeOf(struck, target), false),
  end: (struck, target) => struck.site.setMachineConnected(nodeOf(struck, target), true),
};
