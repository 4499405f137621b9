import type { FaultKind } from "../fault.ts";

export const API_STALLED: FaultKind = {
  id: "api-stalled",
  strikes: "server",
  begins: (target) => `${target}'s API server and its datastore answer nothing, with their connections open`,
  ends: (target) => `${target}'s API server and its datastore answer again`,
  short: (target) => `${target}'s API stalled`,
  why: "a card whose fsync takes seconds, a defragmentation of etcd, a snapshot of the virtual machine",
  destroysData: false,
};
