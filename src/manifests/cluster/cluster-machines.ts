/** Which machine does what in the cluster, in the file's order. */
import type { Homelab, Machine } from "../../config/homelab.ts";

/** Asked for each of what may be thousands of machines, and found once. */
const controlPlanes = new WeakMap<Homelab["machines"], readonly Machine[]>();

export function controlPlaneMachines({ machines }: Homelab): readonly Machine[] {
  let found = controlPlanes.get(machines);
  if (found === undefined) {
    found = Object.values(machines).filter((machine) => machine.roles.includes("control-plane"));
    controlPlanes.set(machines, found);
  }
  return found;
}

export function workerMachines(homelab: Homelab): Machine[] {
  return Object.values(homelab.machines).filter((machine) => machine.roles.includes("worker") && !machine.roles.includes("control-plane"));
}

/** The control plane that starts the cluster. */
export function firstControlPlane(homelab: Homelab): Machine | undefined {
  // Asked for each machine: as a rule it is the first of them.
  for (const name in homelab.machines) if (homelab.machines[name]!.roles.includes("control-plane")) return homelab.machines[name];
  return undefined;
}

/** The address by which other machines reach one: its node address, its static one, else what SSH reaches. Undefined while it is only planned. */
export function machineAddress(machine: Machine): string | undefined {
  return machine.network.nodeIps[0] ?? machine.network.addresses[0]?.split("/")[0] ?? machine.address;
}

/** An address in a URL or with a port behind it. */
export function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Where each node's own proxy answers with `endpoint.by: local`: on control planes beside their API server, which has the other port. */
export const LOCAL_ENDPOINT = { address: "127.0.0.1", port: 7443 } as const;

/** Whether a machine has a proxy of its own in front of all API servers. k3s' agents have one built in. */
export function hasLocalProxy({ kubernetes }: Homelab, { roles }: Machine): boolean {
  return kubernetes.endpoint.by === "local" && kubernetes.distribution === "kubeadm" && (roles.includes("control-plane") || roles.includes("worker"));
}

/** Names and addresses of the endpoint and of every control plane, each once: what the API server's certificate must carry. */
export function apiServerSans(homelab: Homelab): string[] {
  const { endpoint, tlsSans } = homelab.kubernetes;
  const machines = controlPlaneMachines(homelab).flatMap((machine) => [machineAddress(machine), machine.address, machine.fqdn]);
  // Where each node has its own proxy, clients connect to the loopback address.
  const local = endpoint.by === "local" ? ["localhost", "127.0.0.1"] : [];
  return [...new Set([...local, endpoint.name, endpoint.address, ...tlsSans, ...machines].filter((name) => name !== undefined))];
}

/** Whether a resolver of the home network's own must be given to the cluster's DNS. */
export function upstreamResolvers(homelab: Homelab): readonly string[] {
  return homelab.kubernetes.network.dns.upstream;
}

/** A resolv.conf for the kubelet: pods of the cluster's DNS inherit it, so that it asks these servers and no others. */
export function resolvConf(homelab: Homelab): string {
  return upstreamResolvers(homelab).map((server) => `nameserver ${server}\n`).join("");
}
