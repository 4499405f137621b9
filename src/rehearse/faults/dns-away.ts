import type { FaultEffect } from "./fault-effect.ts";

export const DNS_AWAY_EFFECT: FaultEffect = {
  begin: ({ site }) => site.setNames(false),
  end: ({ site }) => site.setNames(true),
};
