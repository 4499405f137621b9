import type { FaultEffect } from "./fault-effect.ts";

export const GOSSIP_BLOCKED_EFFECT: FaultEffect = {
  begin: ({ site }) => site.setGossip(false),
  end: ({ site }) => site.setGossip(true),
};
