import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const STAYS_OFF_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.site.setStaysOff(nodeOf(struck, target), true),
  end: (struck, target) => struck.site.setStaysOff(nodeOf(struck, target), false),
};
