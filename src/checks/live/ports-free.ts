import type { Homelab, Machine } from "../../config/homelab.ts";
import type { LiveCheck } from "./live-check.ts";

interface NeededPort {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly part: string;
}

/** What Kubernetes listens on at a machine of these roles. https://kubernetes.io/docs/reference/networking/ports-and-protocols/ */
export function neededPorts({ kubernetes }: Homelab, { roles }: Machine): NeededPort[] {
  const isControlPlane = roles.includes("control-plane");
  if (!isControlPlane && !roles.includes("worker")) return [];
  const tcp = (port: number, part: string): NeededPort => ({ protocol: "tcp", port, part });
  return [
    tcp(10250, "the kubelet"),
    ...(isControlPlane ? [tcp(6443, "the API"), tcp(10257, "the controller-manager"), tcp(10259, "the scheduler")] : []),
    ...(isControlPlane && kubernetes.datastore.kind === "etcd" ? [tcp(2379, "etcd"), tcp(2380, "etcd")] : []),
    // The kernel's own, once it runs: then no program holds it.
    ...(kubernetes.network.backend === "vxlan" ? [{ protocol: "udp" as const, port: kubernetes.network.cni === "calico" ? 4789 : 8472, part: "the pod network" }] : []),
    ...(kubernetes.network.backend === "bgp" ? [tcp(179, "the pod network's BGP")] : []),
  ];
}

export const portsFree: LiveCheck = {
  id: "ports-free",
  severity: "error",
  summary: "Nothing else listens on the ports that Kubernetes needs.",
  why: "kubeadm and k3s stop, or their parts restart for ever, where a port is taken. A node that is ours already holds them itself.",
  check: ({ homelab, facts }) =>
    Object.values(homelab.machines).flatMap((machine) => {
      const fact = facts[machine.name];
      if (fact === undefined || fact.kubernetes.kubeadm?.isOurs === true || fact.kubernetes.k3s?.isOurs === true) return [];
      return neededPorts(homelab, machine).flatMap(({ protocol, port, part }) => {
        const taker = fact.listeners.find((listener) => listener.protocol === protocol && listener.port === port);
        if (taker === undefined) return [];
        return [{ path: ["machines", machine.name], at: "key" as const, message: `${machine.name}: port ${port}/${protocol}, for ${part}, is taken by ${taker.program ?? "the kernel"}`, value: String(port), fix: `Stop it, or move it to another port: \`kubernest exec --sudo ${machine.name} -- ss -lntup\` shows it.` }];
      });
    }),
};
