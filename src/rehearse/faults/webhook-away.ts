import type { FaultEffect } from "./fault-effect.ts";

export const WEBHOOK_AWAY_EFFECT: FaultEffect = {
  begin: ({ cluster }) => cluster.setWebhooksReachable(false),
  end: ({ cluster }) => cluster.setWebhooksReachable(true),
};
