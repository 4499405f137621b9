import type { FaultKind } from "../fault.ts";

export const PARTITION: FaultKind = {
  id: "partition",
  strikes: "machines",
  begins: (machines) => `the network is split: ${machines.replaceAll(",", ", ")} on one side, all else and the people on the other`,
  ends: (machines) => `the network is whole again: ${machines.replaceAll(",", ", ")} with the others`,
  short: (machines) => `${machines.replaceAll(",", ", ")} on a side of their own`,
  why: "a cable between two switches, a VLAN or a rule of a firewall: both sides run on, each without the other",
  destroysData: false,
};
