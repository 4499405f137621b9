import type { FaultKind } from "../fault.ts";

export const ETCD_FULL: FaultKind = {
  id: "etcd-full",
  strikes: "home",
  begins: () => "etcd reaches its quota (alarm NOSPACE)",
  ends: () => "etcd is compacted, defragmented, its alarm disarmed",
  short: () => "etcd full",
  why: "events, custom resources or leases grow past the quota of 2 GB",
  destroysData: false,
  needsEtcd: true,
};
