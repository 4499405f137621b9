import type { FaultEffect } from "./fault-effect.ts";

export const PART_OFF_EFFECT: FaultEffect = {
  begin: ({ site }, target) => site.setPartWorking(target, false),
  end: ({ site }, target) => site.setPartWorking(target, true),
};
