/** The way from a person's browser to the cluster's ingress: through the home's router to one machine, to any of them, or to an address that moves. */
import type { Homelab } from "../../config/homelab.ts";
import { KUBE_VIP_LEASE } from "../../manifests/platform/kube-vip.ts";

export type Door =
  /** One machine, named by the router's forward. */
  | { kind: "machine"; machine: string }
  /** Each of these, by DNS or by hand: who is lost takes its share of the requests along. */
  | { kind: "machines"; machines: readonly string[] }
  /** An address that one of these machines answers for at a time; another takes over within `failoverMs`. */
  | { kind: "address"; machines: readonly string[]; failoverMs: number; /** Where nobody announces it, as all answer already: until those who used the lost one ask anew. */ unheardMs?: number };

export interface Way {
  door: Door;
  /** Site parts on the way, by name: the line, the router. */
  parts: readonly string[];
  /** The router on the way, and how long it sends on to the machine that an address has left, where it does. */
  neighbour?: { router: string; expiryMs: number };
  /** Asked by people elsewhere, who find its name without the home's DNS. */
  isFromOutside: boolean;
  /** The machine behind the door needs an ingress pod of its own: its ports are the node's. */
  isOnHostPorts: boolean;
}

/**
 * MetalLB in layer 2: members notice a dead speaker by gossip (memberlist's LAN timings: a probe each second, suspicion for up to six), then another announces.
 * kube-vip: its lease must run out, then somebody else must try.
 */
const METALLB_FAILOVER_MS = 7_000;
/** Linux' neighbours (arp(7)): one that has answered is believed for up to 1.5 times base_reachable_time (30 s), then delay_first_probe_time (5 s) and three probes of a second each until somebody else is asked for. */
const NEIGHBOUR_MS = 45_000 + 5_000 + 3 * 1_000;
const KUBE_VIP_FAILOVER_MS = (KUBE_VIP_LEASE.duration + KUBE_VIP_LEASE.retry) * 1_000;

/** How the ingress is reached. Undefined where the homelab has none. */
export function wayToIngress(homelab: Homelab): Way | undefined {
  const { ingress, loadBalancer } = homelab.platform;
  if (ingress.by === "none") return undefined;
  const isOnHostPorts = ingress.exposure === "host-ports";
  const nodes = Object.values(homelab.machines).filter(({ roles }) => roles.includes("worker") || roles.includes("control-plane"));
  const machines = nodes.map(({ hostname }) => hostname);
  const router = Object.values(homelab.site).find(({ forwards }) => forwards.some(({ port }) => port === ingress.httpsPort || port === ingress.httpPort));
  // Whoever forwards is asked from outside. Else people are at home, behind the box that is their wireless network too.
  const box = Object.values(homelab.site).find(({ kind }) => kind === "router");
  const line = Object.values(homelab.site).filter(({ kind }) => kind === "internet").map(({ name }) => name);
  const parts = router !== undefined ? [...line, router.name] : box !== undefined ? [box.name] : [];
  const to = (router?.forwards.find(({ port }) => port === ingress.httpsPort) ?? router?.forwards.find(({ port }) => port === ingress.httpPort))?.to;
  const isFromOutside = router !== undefined;
  // Who is in the home's network follows the new machine's gratuitous ARP, and so does a router that says nothing else of itself.
  const neighbour = router?.arpExpiry === undefined ? {} : { neighbour: { router: router.name, expiryMs: router.arpExpiry.ms } };
  const machine = to === undefined ? undefined : Object.values(homelab.machines).find((one) => one.name === to || one.address === to || one.network.nodeIps.includes(to));
  if (machine !== undefined) return { door: { kind: "machine", machine: machine.hostname }, parts, isFromOutside, isOnHostPorts };
  if (!isOnHostPorts && loadBalancer.by === "metallb") return { door: { kind: "address", machines, failoverMs: METALLB_FAILOVER_MS, ...(loadBalancer.mode === "bgp" ? {} : { unheardMs: NEIGHBOUR_MS }) }, parts, ...neighbour, isFromOutside, isOnHostPorts };
  if (!isOnHostPorts && loadBalancer.by === "kube-vip") return { door: { kind: "address", machines, failoverMs: KUBE_VIP_FAILOVER_MS }, parts, ...neighbour, isFromOutside, isOnHostPorts };
  return { door: { kind: "machines", machines }, parts, isFromOutside, isOnHostPorts };
}
