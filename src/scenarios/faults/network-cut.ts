import type { FaultKind } from "../fault.ts";

export const NETWORK_CUT: FaultKind = {
  id: "network-cut",
  strikes: "machine",
  begins: (machine) => `${machine} is cut off from the network and runs on`,
  ends: (machine) => `${machine} reaches the network again`,
  short: (machine) => `${machine} cut off`,
  why: "a cable, a port of the switch or a network driver fails while the machine itself runs on",
  destroysData: false,
};
