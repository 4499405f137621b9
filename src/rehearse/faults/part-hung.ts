import type { FaultEffect } from "./fault-effect.ts";

/** What is on it is as it was, and whoever asks it waits: a hard mount without end, as if it were off. */
export const PART_HUNG_EFFECT: FaultEffect = {
  begin: ({ site }, target) => site.setPartHung(target, true),
  end: ({ site }, target) => site.setPartHung(target, false),
};
