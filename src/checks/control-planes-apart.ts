/** No single site part takes the majority of several control planes. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";
import { machinesLostWith, quorum } from "./derived/site-reach.ts";
import { partText } from "./derived/text.ts";

export const controlPlanesApart: Check = {
  id: "control-planes-apart",
  severity: "warning",
  summary: "No power strip, UPS, switch, hypervisor or NAS takes a majority of the control planes with it.",
  why: "Three control planes on one power strip are one: a single fault takes the quorum, and the API with it. Two of three on one strip are no better.",
  examples: {
    good: `
      kubernetes: { endpoint: { address: 192.168.1.10, by: kube-vip } }
      machineDefaults: { roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
      machines:
        pc1: { address: 192.168.1.11 }
        pc2: { address: 192.168.1.12 }
        pc3: { address: 192.168.1.13 }
      site:
        strip1: { kind: power-strip, powers: [pc1] }
        strip2: { kind: power-strip, powers: [pc2] }
        strip3: { kind: power-strip, powers: [pc3] }`,
    bad: `
      kubernetes: { endpoint: { address: 192.168.1.10, by: kube-vip } }
      machineDefaults: { roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
      machines:
        pc1: { address: 192.168.1.11 }
        pc2: { address: 192.168.1.12 }
        pc3: { address: 192.168.1.13 }
      site:
        strip1: { kind: power-strip, powers: [pc1, pc2] } # ✗
        strip2: { kind: power-strip, powers: [pc3] }`,
  },
  check({ homelab }) {
    const members = controlPlanes(homelab).map((machine) => machine.name);
    if (members.length < 3) return [];
    return Object.values(homelab.site).flatMap((part) => {
      if (part.kind === "internet" || part.kind === "router") return [];
      const lost = machinesLostWith(homelab, part.name).filter((name) => members.includes(name));
      if (members.length - lost.length >= quorum(members.length)) return [];
      return [
        {
          path: ["site", part.name],
          at: "key",
          value: part.name,
          message: `${partText(part)} takes ${lost.length === members.length ? `all ${lost.length}` : `${lost.length} of ${members.length}`} control planes (${lost.join(", ")}) with it`,
          expected: `at most ${members.length - quorum(members.length)} of ${members.length} on one site part`,
          fix: `Put the control planes on ${members.length} different ones, or accept that this ${part.kind} stops the API.`,
        },
      ];
    });
  },
};
