/** etcd has an odd number of members. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";
import { quorum } from "./derived/site-reach.ts";

export const etcdMembersOdd: Check = {
  id: "etcd-members-odd",
  severity: "warning",
  summary: "The number of etcd members, one on each control plane, is odd.",
  why: "A majority must live: with 2 members one failure stops the API, as with 1, and twice as likely; 4 survive no more than 3 (etcd.io, FAQ; docs.k3s.io, HA embedded etcd).",
  examples: {
    good: `
      kubernetes: { endpoint: { address: 192.168.1.10, by: kube-vip } }
      machineDefaults: { roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
      machines:
        pc1: { address: 192.168.1.11 }
        pc2: { address: 192.168.1.12 }
        pc3: { address: 192.168.1.13 }`,
    bad: `
      kubernetes: { endpoint: { address: 192.168.1.10, by: kube-vip } }
      machineDefaults: { roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
      machines: # ✗
        pc1: { address: 192.168.1.11 }
        pc2: { address: 192.168.1.12 }`,
  },
  check({ homelab }) {
    if (homelab.kubernetes.datastore.kind !== "etcd") return [];
    const members = controlPlanes(homelab);
    const count = members.length;
    if (count === 0 || count % 2 === 1) return [];
    const tolerated = count - quorum(count);
    return [
      {
        path: ["machines"],
        at: "key",
        value: String(count),
        message: `${count} control planes (${members.map((machine) => machine.name).join(", ")}) make ${count} etcd members, which survive ${tolerated === 0 ? "no failure" : `${tolerated}, like ${count - 1}`}`,
        expected: "an odd number: 1, 3 or 5",
        fix: count === 2 ? "Make a third machine a control plane, or only one." : `Use ${count - 1} or ${count + 1} control planes.`,
      },
    ];
  },
};
