import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const API_STALLED_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.cluster.controlPlane?.setStalled(nodeOf(struck, target), true),
  end: (struck, target) => struck.cluster.controlPlane?.setStalled(nodeOf(struck, target), false),
};
