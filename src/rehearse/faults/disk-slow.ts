import { type FaultEffect, nodeOf } from "./fault-effect.ts";

/** From here on leases of ten seconds are lost: a write waits for the one before it. */
const OTHERWISE = "5s";

export const DISK_SLOW_EFFECT: FaultEffect = {
  begin: (struck, target, amount = OTHERWISE) => struck.cluster.controlPlane?.setFsync(nodeOf(struck, target), parseFloat(amount) * 1000),
  end: (struck, target) => struck.cluster.controlPlane?.setFsync(nodeOf(struck, target), 0),
};
