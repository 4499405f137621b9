/** What a machine's roles need to let in, and from whom: the least that a cluster works with. */
import type { Homelab, Machine } from "../config/homelab.ts";
import { controlPlaneMachines, machineAddress } from "../manifests/cluster/cluster-machines.ts";

export interface FirewallRule {
  /** `any`: also what has no ports, such as VRRP and IP in IP. */
  readonly protocol: "tcp" | "udp" | "any";
  /** `2379:2380`; undefined with `any`. */
  readonly ports: string | undefined;
  /** Addresses or ranges; undefined for everybody. */
  readonly from: string | undefined;
  /** Passed on to pods, not only taken in. */
  readonly isForwarded?: "from" | "to";
}

const NODE_PORTS = "30000:32767";

/** Literal addresses only: a firewall knows no names. */
function addressesOf(machines: readonly Machine[]): string[] {
  const all = machines.flatMap((machine) => [machineAddress(machine), ...machine.network.nodeIps, ...machine.network.addresses.map((address) => address.split("/")[0])]);
  return [...new Set(all)].filter((address): address is string => address !== undefined && /^[0-9a-fA-F.:]+$/.test(address)).sort();
}

/** In the order in which they are shown. */
export function firewallRules(homelab: Homelab, machine: Machine): FirewallRule[] {
  const { network, endpoint, datastore } = homelab.kubernetes;
  const { ingress, loadBalancer } = homelab.platform;
  const isControlPlane = machine.roles.includes("control-plane");
  const isNode = isControlPlane || machine.roles.includes("worker");
  const others = Object.values(homelab.machines).filter((other) => other !== machine && other.roles.length > 0);
  const nodes = others.filter((other) => other.roles.includes("control-plane") || other.roles.includes("worker"));
  const rules: FirewallRule[] = [];
  const open = (protocol: "tcp" | "udp", ports: string | number, from?: readonly string[]): void => {
    for (const address of from ?? [undefined]) rules.push({ protocol, ports: String(ports), from: address });
  };
  const any = (from: readonly string[]): void => void rules.push(...from.map((address) => ({ protocol: "any" as const, ports: undefined, from: address })));

  const carriesEndpoint = endpoint.by === "haproxy" && endpoint.on.includes(machine.name);
  if (isControlPlane) open("tcp", 6443);
  if (carriesEndpoint && !(isControlPlane && endpoint.port === 6443)) open("tcp", endpoint.port);
  // keepalived's VRRP has no ports.
  if (carriesEndpoint) any(addressesOf(others.filter(({ name }) => endpoint.on.includes(name))));
  if (isControlPlane && datastore.kind === "etcd") open("tcp", "2379:2380", addressesOf(controlPlaneMachines(homelab).filter((other) => other !== machine)));
  if (isNode) {
    const from = addressesOf(nodes);
    open("tcp", 10250, from);
    open("tcp", 10256, addressesOf(others));
    if (network.backend === "vxlan") open("udp", network.cni === "calico" ? 4789 : 8472, from);
    if (network.backend === "wireguard-native") open("udp", "51820:51821", from);
    if (network.backend === "bgp" || (network.cni === "calico" && network.backend === "ipip") || network.cni === "kube-router") open("tcp", 179, from);
    if (network.backend === "ipip") any(from);
    if (loadBalancer.by === "metallb") for (const protocol of ["tcp", "udp"] as const) open(protocol, 7946, from);
    for (const protocol of ["tcp", "udp"] as const) open(protocol, NODE_PORTS);
    if (ingress.by !== "none") for (const port of [ingress.httpPort, ingress.httpsPort]) open("tcp", port);
    // Pods speak to their node, and to each other through it.
    any([...network.pods, ...network.services]);
    for (const range of network.pods) rules.push({ protocol: "any", ports: undefined, from: range, isForwarded: "from" }, { protocol: "any", ports: undefined, from: range, isForwarded: "to" });
  }
  return unique(rules);
}

function unique(rules: readonly FirewallRule[]): FirewallRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
