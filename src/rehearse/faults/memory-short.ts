import { type FaultEffect, nodeOf } from "./fault-effect.ts";

const LEFT = "60Mi";

export const MEMORY_SHORT_EFFECT: FaultEffect = {
  begin: (struck, target, amount = LEFT) => struck.cluster.agents.machine(nodeOf(struck, target))?.leaveMemoryBytes(parseInt(amount, 10) * 2 ** 20),
  end: (struck, target) => struck.cluster.agents.machine(nodeOf(struck, target))?.setOtherMemoryBytes(0),
};
