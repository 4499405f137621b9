import type { FaultEffect } from "./fault-effect.ts";

export const BLACKOUT_EFFECT: FaultEffect = {
  begin: ({ site }) => site.setGrid(false),
  end: ({ site }) => site.setGrid(true),
};
