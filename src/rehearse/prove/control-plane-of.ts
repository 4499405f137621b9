/** Which machines keep the API of a homelab up, and how others find it. */
import type { Homelab } from "../../config/homelab.ts";
import type { ControlPlaneOptions } from "../../sim/control-plane/control-plane.ts";
import type { AddressKeeping } from "../../sim/control-plane/endpoint-address.ts";
import { takeoverMs } from "../../manifests/cluster/keepalived.ts";
import { KUBE_VIP_LEASE } from "../../manifests/platform/kube-vip.ts";
import { controlPlaneTimings } from "../../sim/control-plane/timings.ts";

/** `ControlPlaneKubeletLocalMode` is on by default from this minor version (kubeadm's feature gates). */
const LOCAL_KUBELET_SINCE_MINOR = 33;
const MS_PER_SECOND = 1_000;

export function controlPlaneOf(homelab: Homelab): ControlPlaneOptions {
  const { distribution, datastore, version } = homelab.kubernetes;
  const servers = Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane")).map(({ hostname }) => hostname);
  const minor = Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? 0);
  const doors = doorsOf(homelab, servers);
  const address = addressOf(homelab, doors);
  return {
    servers,
    datastore: datastore.kind,
    timings: controlPlaneTimings(distribution),
    doors,
    ...(address === undefined ? {} : { address }),
    isOneProcess: distribution === "k3s",
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

/** What users of a lease wait at most: until it has run out, and for the next try. */
function addressOf({ kubernetes: { endpoint } }: Homelab, doors: readonly string[]): AddressKeeping | undefined {
  // One alone has its address for good: nothing keeps it.
  if (doors.length < 2) return undefined;
  switch (endpoint.by) {
    case "haproxy":
      return { candidates: doors.map((machine, position) => ({ machine, takeoverMs: takeoverMs(position) })) };
    case "kube-vip": {
      const { duration, renew, retry } = KUBE_VIP_LEASE;
      return { candidates: doors.map((machine) => ({ machine, takeoverMs: (duration + retry) * MS_PER_SECOND })), lease: { renewMs: renew * MS_PER_SECOND, retryMs: retry * MS_PER_SECOND } };
    }
    default:
      return undefined;
  }
}
