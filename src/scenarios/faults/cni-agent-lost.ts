import type { FaultKind } from "../fault.ts";

export const CNI_AGENT_LOST: FaultKind = {
  id: "cni-agent-lost",
  strikes: "machine",
  begins: (machine) => `the agent of the pods' network on ${machine} ends soon after it begins`,
  ends: (machine) => `the agent of the pods' network on ${machine} can run again`,
  short: (machine) => `${machine} without its network agent`,
  why: "a version that does not fit the kernel, a memory limit, a device or an address that it does not find: pods that run go on, and who comes new is not connected",
  destroysData: false,
  needsNetworkAgent: true,
};
