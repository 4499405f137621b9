/** What a scenario can strike in a homelab. */
import type { Homelab, SitePart } from "../../config/homelab.ts";
import type { Elements } from "../../scenarios/check-targets.ts";
import { networkAgentOf } from "../network-agent.ts";

/** They give power, and nothing else passes through them. */
const ON_NO_NETWORK: readonly SitePart["kind"][] = ["power-strip", "ups"];

export function elementsOf(homelab: Homelab): Elements {
  return {
    machines: Object.keys(homelab.machines),
    servers: Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane")).map(({ name }) => name),
    siteParts: Object.keys(homelab.site),
    networkParts: Object.values(homelab.site).filter(({ kind }) => !ON_NO_NETWORK.includes(kind)).map(({ name }) => name),
    apps: Object.keys(homelab.apps),
    hasEtcd: homelab.kubernetes.datastore.kind === "etcd",
    hasIngress: homelab.platform.ingress.by !== "none",
    hasGossip: homelab.platform.loadBalancer.by === "metallb" && homelab.platform.loadBalancer.mode !== "bgp",
    hasNetworkAgent: networkAgentOf(homelab) !== undefined,
  };
}
