import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const CLOCK_LOST_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.cluster.agents.machine(nodeOf(struck, target))?.setKeepsTime(false),
  end: (struck, target) => struck.cluster.agents.machine(nodeOf(struck, target))?.setKeepsTime(true),
};
