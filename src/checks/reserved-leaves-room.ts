/** What is held back from pods leaves something for pods. */
import type { Check, CheckResult } from "./check.ts";
import { allocatable, nodes } from "./derived/machines.ts";

export const reservedLeavesRoom: Check = {
  id: "reserved-leaves-room",
  severity: "error",
  summary: "What a machine reserves for the system and for Kubernetes is less than it has.",
  why: "The kubelet refuses to start when reservations and the eviction threshold (100Mi under kubeadm, none under k3s) reach the capacity (kubelet: container manager, node allocatable).",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], memory: 8Gi, reserved: { system: { memory: 256Mi } } }`,
    bad: `
      machines:
        pi1:
          address: 192.168.1.11
          roles: [control-plane, worker]
          memory: 2Gi
          reserved: { system: { memory: 2Gi } } # ✗`,
  },
  check({ homelab }) {
    return nodes(homelab).flatMap((machine): CheckResult[] => {
      const room = allocatable(homelab, machine);
      const { system, kubernetes } = machine.reserved;
      const reservesMemory = system.memory !== undefined || kubernetes.memory !== undefined;
      const reservesCpu = system.cpu !== undefined || kubernetes.cpu !== undefined;
      const what = room.memory <= 0 && reservesMemory ? "memory" : room.cpu <= 0 && reservesCpu ? "cpu" : undefined;
      if (what === undefined) return [];
      return [
        {
          path: ["machines", machine.name, "reserved"],
          message: `${machine.name} reserves all of its ${what} (${machine[what].text})`,
          expected: `less than ${machine[what].text} in all`,
          fix: "Reserve less: 256Mi and 250m each are usual on small machines.",
        },
      ];
    });
  },
};
