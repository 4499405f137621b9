import type { FaultKind } from "../fault.ts";

export const WEBHOOK_AWAY: FaultKind = {
  id: "webhook-away",
  strikes: "home",
  begins: () => "the API servers reach no webhook in the cluster",
  ends: () => "the API servers reach the webhooks in the cluster again",
  short: () => "webhooks away",
  why: "a firewall or a pod network that is broken between the servers and the pods: calls run into their time-out, and what must be asked is refused",
  destroysData: false,
};
