import type { FaultKind } from "../fault.ts";

export const CLUSTER_DNS_LOST: FaultKind = {
  id: "cluster-dns-lost",
  strikes: "home",
  begins: () => "the pods of the cluster's DNS end soon after they begin",
  ends: () => "the cluster's DNS can run again",
  short: () => "the cluster's DNS lost",
  why: "a Corefile that does not parse, a loop that its plugin finds in the node's resolv.conf",
  destroysData: false,
};
