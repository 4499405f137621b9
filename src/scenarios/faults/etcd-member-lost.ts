import type { FaultKind } from "../fault.ts";

export const ETCD_MEMBER_LOST: FaultKind = {
  id: "etcd-member-lost",
  strikes: "server",
  begins: (target) => `${target}'s member of etcd is broken; the machine runs on`,
  ends: (target) => `${target}'s member is added anew`,
  short: (target) => `${target}'s etcd member lost`,
  why: "a bad sector, a card that has become read-only: the member ends and nobody notices while a quorum is left",
  destroysData: false,
  needsEtcd: true,
};
