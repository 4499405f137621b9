/** A control plane has the cores kubeadm asks for. */
import type { Check } from "./check.ts";
import { controlPlanes } from "./derived/machines.ts";

export const cpuForRole: Check = {
  id: "cpu-for-role",
  severity: "error",
  summary: "A control plane made by kubeadm has two cores.",
  why: "kubeadm's preflight check NumCPU refuses fewer (ControlPlaneNumCPU = 2).",
  examples: {
    good: `
      kubernetes: { distribution: kubeadm }
      machines:
        vm1: { address: 192.168.1.11, roles: [control-plane, worker], cpu: 2, memory: 4Gi }`,
    bad: `
      kubernetes: { distribution: kubeadm }
      machines:
        vm1:
          address: 192.168.1.11
          roles: [control-plane, worker]
          memory: 4Gi
          cpu: 1 # ✗`,
  },
  check({ homelab }) {
    if (homelab.kubernetes.distribution !== "kubeadm") return [];
    return controlPlanes(homelab)
      .filter((machine) => machine.cpu.value < 2)
      .map((machine) => ({
        path: ["machines", machine.name, "cpu"],
        value: machine.cpu.text,
        message: `${machine.name} has ${machine.cpu.text} core${machine.cpu.value === 1 ? "" : "s"}, and kubeadm wants 2 for a control plane`,
        expected: "at least 2",
        fix: "Give the virtual machine a second core, make another machine the control plane, or use distribution: k3s.",
      }));
  },
};
