/** A machine has the memory its part needs. */
import type { Machine } from "../config/homelab.ts";
import type { Check, CheckResult } from "./check.ts";
import { nodes } from "./derived/machines.ts";

const MIB = 1024 * 1024;

/** Below: refused or unusable. docs.k3s.io, requirements: server 2 GB, agent 512 MB. kubeadm: ControlPlaneMem 1700 MB (preflight), 2 GB per machine advised. */
const NEEDED_MIB = {
  k3s: { "control-plane": { needed: 1024, advised: 2048 }, worker: { needed: 512, advised: 512 } },
  kubeadm: { "control-plane": { needed: 1700, advised: 2048 }, worker: { needed: 700, advised: 1024 } },
} as const;

/** Makers count 2 GB where the system sees 1.8 GiB: as much less than advised is no news. */
const SLACK = 0.9;

export const memoryForRole: Check = {
  id: "memory-for-role",
  severity: "warning",
  summary: "A control plane has 2 GiB of memory, a worker 512 MiB (kubeadm: 1 GiB), and none less than kubelet.memoryMin.",
  why: "Below it the API server is killed for memory under load: kubeadm refuses less than 1700 MB, k3s documents 2 GB for a server and 512 MB for an agent. A machine that Kubernetes does not get enough of answers too slowly for etcd.",
  examples: {
    good: `
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker], memory: 4Gi }`,
    bad: `
      machines:
        pi1:
          address: 192.168.1.11
          roles: [control-plane, worker]
          memory: 512Mi # ✗`,
  },
  check({ homelab, facts }) {
    const { distribution, kubelet } = homelab.kubernetes;
    return nodes(homelab).flatMap((machine): CheckResult[] => {
      const role = machine.roles.includes("control-plane") ? "control-plane" : "worker";
      const limit = NEEDED_MIB[distribution][role];
      const { bytes, text } = memoryOf(machine, facts?.[machine.name]?.memoryBytes);
      const path = ["machines", machine.name, "memory"];
      const fix = role === "control-plane" ? "Use a machine with at least 2 GiB as the control plane." : "Use it as a load balancer, or give it more memory.";
      if (bytes < kubelet.memoryMin.value) {
        const isOurMinimum = bytes >= limit.needed * MIB;
        return [
          {
            path,
            value: text,
            severity: "error",
            message: `${machine.name} has ${text} of memory, less than kubelet.memoryMin (${kubelet.memoryMin.text})`,
            expected: `at least ${kubelet.memoryMin.text}`,
            fix: isOurMinimum ? "Lower kubernetes.kubelet.memoryMin, or leave the machine out with roles: [none]." : fix,
          },
        ];
      }
      if (bytes < limit.needed * MIB) {
        return [{ path, value: text, severity: "error", message: `${machine.name} has ${text} of memory, too little for a ${role.replace("-", " ")} of ${distribution}`, expected: `at least ${limit.needed}Mi`, fix }];
      }
      if (bytes < limit.advised * MIB * SLACK) {
        return [{ path, value: text, message: `${machine.name} has ${text} of memory, little for a ${role.replace("-", " ")} of ${distribution}`, expected: `${limit.advised}Mi or more`, fix }];
      }
      return [];
    });
  },
};

function memoryOf(machine: Machine, observed: number | undefined): { bytes: number; text: string } {
  return observed === undefined ? { bytes: machine.memory.value, text: machine.memory.text } : { bytes: observed, text: `${Math.floor(observed / MIB)}Mi` };
}
