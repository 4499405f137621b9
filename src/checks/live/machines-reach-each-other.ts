import { listed } from "../derived/text.ts";
import type { LiveCheck } from "./live-check.ts";

export const machinesReachEachOther: LiveCheck = {
  id: "machines-reach-each-other",
  severity: "error",
  summary: "From each machine, the others answer at their addresses.",
  why: "Nodes speak with each other directly. Guest networks, client isolation of Wi-Fi, VLANs and firewalls keep machines apart that are both reached from here. Tried on the SSH port.",
  check: ({ tried }) =>
    Object.entries(tried)
      .filter(([, { unreached }]) => unreached.length > 0)
      .map(([machine, { unreached }]) => ({ path: ["machines", machine], at: "key", message: `from ${machine}, ${listed(unreached)} ${unreached.length === 1 ? "does" : "do"} not answer on the SSH port`, fix: "Look for a firewall, a guest network or another VLAN between them." })),
};
