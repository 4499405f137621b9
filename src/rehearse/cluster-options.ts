/** A homelab as the embedded cluster wants to know it. */
import type { Homelab } from "../config/homelab.ts";
import type { ClusterOptions } from "../sim/cluster.ts";
import type { SimMachine } from "../sim/machine.ts";
import type { Site } from "../sim/site/site.ts";
import { controlPlaneOf } from "./prove/control-plane-of.ts";
import { staticPodsOf } from "./rehearsed-objects.ts";

/** What follows from the file alone: the same for every cluster that is made of it. */
export type FileOptions = Pick<ClusterOptions, "version" | "machines" | "network" | "apiAddresses" | "apiPort" | "staticPods" | "hasMetricsServer">;

export function fileOptions(homelab: Homelab, machines: readonly SimMachine[]): FileOptions {
  const { kubernetes, platform } = homelab;
  const controlPlanes = machines.filter((machine) => machine.isControlPlane);
  return {
    version: kubernetes.version,
    machines,
    network: { podCidrs: kubernetes.network.pods, serviceCidrs: kubernetes.network.services, dnsDomain: kubernetes.network.dns.domain },
    apiAddresses: controlPlanes.flatMap((machine) => machine.addresses.filter((address) => address.type === "InternalIP").slice(0, 1).map((address) => address.address)),
    apiPort: kubernetes.endpoint.port,
    staticPods: staticPodsOf(homelab),
    hasMetricsServer: platform.metrics.enabled,
  };
}

/** For a cluster whose machines can break: the API is up while those that keep it up are. */
export function breakableControlPlane(homelab: Homelab, site: Site): NonNullable<ClusterOptions["controlPlane"]> {
  const isAlive = (machine: string): boolean => {
    const { hasPower, isConnected, side } = site.state(machine);
    return hasPower && (isConnected || side !== undefined);
  };
  const sideOf = (machine: string): string | undefined => {
    if (!site.isSplit) return undefined;
    const { isConnected, side } = site.state(machine);
    // Cut off by itself it is a side of one.
    return side ?? (isConnected ? "" : `${machine} alone`);
  };
  return { ...controlPlaneOf(homelab), isAlive, sideOf };
}
