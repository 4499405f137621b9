import type { FaultEffect } from "./fault-effect.ts";

export const LEADER_LOST_EFFECT: FaultEffect = {
  begin: ({ cluster }) => cluster.controlPlane?.loseLeader(),
  end: () => undefined,
};
