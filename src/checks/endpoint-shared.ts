/** Several control planes have an address before them that does not die with one. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";

export const endpointShared: Check = {
  id: "endpoint-shared",
  severity: "warning",
  summary: "Several control planes have an endpoint that does not belong to one of them.",
  why: "kubeadm writes the endpoint into every certificate and kubeconfig, and it cannot be changed later; k3s' agents know the other servers once they have joined, but a node cannot start, nor kubectl connect, while the one that they were told is down (k3s: architecture).",
  examples: {
    good: `
      kubernetes: { endpoint: { address: 192.168.1.10, by: kube-vip } }
      machineDefaults: { roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
      machines:
        pc1: { address: 192.168.1.11 }
        pc2: { address: 192.168.1.12 }
        pc3: { address: 192.168.1.13 }`,
    bad: `
      kubernetes: {} # ✗
      machineDefaults: { roles: [control-plane, worker], disk: { kind: nvme, size: 256G } }
      machines:
        pc1: { address: 192.168.1.11 }
        pc2: { address: 192.168.1.12 }
        pc3: { address: 192.168.1.13 }`,
  },
  check({ homelab }) {
    const { endpoint, distribution } = homelab.kubernetes;
    const count = controlPlanes(homelab).length;
    if (count < 2 || endpoint.by !== "machine") return [];
    return [
      {
        path: ["kubernetes", "endpoint"],
        value: endpoint.address,
        severity: distribution === "kubeadm" ? "error" : "warning",
        message: `${count} control planes have no endpoint of their own: nodes and kubectl depend on ${endpoint.address ?? "the first one"}`,
        expected: "an address that moves to a living control plane",
        fix: "Set endpoint: { address: A-FREE-ADDRESS, by: kube-vip }, or haproxy with on: [lb1, lb2].",
      },
    ];
  },
};
