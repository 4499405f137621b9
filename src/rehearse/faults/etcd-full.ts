import type { FaultEffect } from "./fault-effect.ts";

export const ETCD_FULL_EFFECT: FaultEffect = {
  begin: ({ cluster }) => cluster.controlPlane?.setSpace(false),
  end: ({ cluster }) => cluster.controlPlane?.setSpace(true),
};
