import type { FaultEffect } from "./fault-effect.ts";

export const REGISTRY_UNREACHABLE_EFFECT: FaultEffect = {
  begin: ({ cluster }, target) => cluster.agents.registries.setReachable(target, false),
  end: ({ cluster }, target) => cluster.agents.registries.setReachable(target, true),
};
