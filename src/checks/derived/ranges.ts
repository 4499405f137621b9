/** Every address and range that the file names outside the cluster, and the cluster's own, as intervals with their paths. */
import type { Path } from "../../config/finding.ts";
import type { Homelab } from "../../config/homelab.ts";
import { type IpRange, parseIpRange, parseIpSpan } from "../../lib/ip-range.ts";
import { partText } from "./text.ts";

export interface NamedRange {
  /** As a reader would name it: `machine pi1`, `pods`. */
  readonly what: string;
  readonly range: IpRange;
  readonly path: Path;
}

/** Pod and service ranges. */
export function clusterRanges(homelab: Homelab): NamedRange[] {
  const { pods, services } = homelab.kubernetes.network;
  return [...list("pods", pods, ["kubernetes", "network", "pods"]), ...list("services", services, ["kubernetes", "network", "services"])];
}

/** What the home network uses: `lan`, machines (with their whole network where a prefix is known), site parts, the endpoint, pools of addresses. */
export function homeRanges(homelab: Homelab): NamedRange[] {
  const found: NamedRange[] = list("lan", homelab.lan, ["lan"]);
  for (const machine of Object.values(homelab.machines)) {
    found.push(...one(`machine ${machine.name}`, machine.address, ["machines", machine.name, "address"]));
    found.push(...list(`the network of machine ${machine.name}`, machine.network.addresses, ["machines", machine.name, "network", "addresses"]));
  }
  for (const part of Object.values(homelab.site)) found.push(...one(partText(part), part.address, ["site", part.name, "address"]));
  if (homelab.kubernetes.endpoint.by !== "machine") found.push(...one("the endpoint", homelab.kubernetes.endpoint.address, ["kubernetes", "endpoint", "address"]));
  found.push(...poolRanges(homelab));
  return found;
}

/** Addresses that the load balancer may give to services. */
export function poolRanges(homelab: Homelab): NamedRange[] {
  return Object.values(homelab.platform.loadBalancer.pools).flatMap((pool) =>
    list(`load balancer pool ${pool.name}`, pool.addresses, ["platform", "loadBalancer", "pools", pool.name, "addresses"]),
  );
}

function list(what: string, texts: readonly string[], path: Path): NamedRange[] {
  return texts.flatMap((text, index) => {
    const range = parseIpSpan(text);
    return range === undefined ? [] : [{ what, range, path: [...path, index] }];
  });
}

function one(what: string, text: string | undefined, path: Path): NamedRange[] {
  const range = text === undefined ? undefined : parseIpRange(text);
  return range === undefined ? [] : [{ what, range, path }];
}
