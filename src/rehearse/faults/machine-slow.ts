import { type FaultEffect, isServer, nodeOf, type Struck } from "./fault-effect.ts";

/** A Raspberry Pi without enough power or cooling runs at 600 MHz instead of 2400. */
const OTHERWISE = "4x";

function set(struck: Struck, target: string, factor: number): void {
  struck.cluster.agents.machine(nodeOf(struck, target))?.setSlowness(factor);
  if (isServer(struck, target)) struck.cluster.controlPlane?.setSlowness(nodeOf(struck, target), factor);
}

export const MACHINE_SLOW_EFFECT: FaultEffect = {
  begin: (struck, target, amount = OTHERWISE) => set(struck, target, parseInt(amount, 10)),
  end: (struck, target) => set(struck, target, 1),
};
