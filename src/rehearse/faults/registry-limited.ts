import type { FaultEffect } from "./fault-effect.ts";

export const REGISTRY_LIMITED_EFFECT: FaultEffect = {
  begin: ({ cluster }, target, amount = "0") => cluster.agents.registries.setPullsLeft(target, Number(amount)),
  end: ({ cluster }, target) => cluster.agents.registries.setPullsLeft(target, undefined),
};
