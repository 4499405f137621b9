import { type FaultEffect, nodeOf } from "./fault-effect.ts";

export const ETCD_MEMBER_LOST_EFFECT: FaultEffect = {
  begin: (struck, target) => struck.cluster.controlPlane?.setHindered(nodeOf(struck, target), "member", true),
  end: (struck, target) => struck.cluster.controlPlane?.setHindered(nodeOf(struck, target), "member", false),
};
