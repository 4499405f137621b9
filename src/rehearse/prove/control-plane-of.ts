/** Which machines keep the API of a homelab up, and how others find it. */
import type { Homelab } from "../../config/homelab.ts";
import type { ControlPlaneOptions } from "../../sim/control-plane/control-plane.ts";
import { controlPlaneTimings } from "../../sim/control-plane/timings.ts";

/** `ControlPlaneKubeletLocalMode` is on by default from this minor version (kubeadm's feature gates). */
const LOCAL_KUBELET_SINCE_MINOR = 33;

export function controlPlaneOf(homelab: Homelab): ControlPlaneOptions {
  const { distribution, datastore, version } = homelab.kubernetes;
  const servers = Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane")).map(({ hostname }) => hostname);
  const minor = Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? 0);
  return {
    servers,
    datastore: datastore.kind,
    timings: controlPlaneTimings(distribution),
    doors: doorsOf(homelab, servers),
    isLocalFirst: distribution === "k3s" || minor >= LOCAL_KUBELET_SINCE_MINOR,
  };
}

/** k3s' agents know all servers once they have joined, whatever address they joined by. */
function doorsOf(homelab: Homelab, servers: readonly string[]): readonly string[] {
  const { distribution, endpoint } = homelab.kubernetes;
  if (distribution === "k3s") return [];
  switch (endpoint.by) {
    case "machine":
      return servers.slice(0, 1);
    case "haproxy":
    case "kube-vip":
      return endpoint.on.map((name) => homelab.machines[name]?.hostname ?? name);
    // A proxy on each node, or a balancer that is not ours.
    case "local":
    case "external":
      return [];
  }
}
