/** Lets machines feel what happens to the site: no power switches a kubelet off, no network cuts it off. */
import type { Cluster } from "../cluster.ts";
import type { Site } from "./site.ts";

/** Returns how to stop. */
export function connectSite(site: Site, { agents, controlPlane }: Pick<Cluster, "agents" | "controlPlane">): () => void {
  const stops = [site.onSplit(() => controlPlane?.sidesChanged()), site.onChange((machine, { hasPower, isConnected, hasInternet, side }) => {
    const kubelet = agents.machine(machine);
    // Load balancers have no kubelet that would tell.
    if (kubelet === undefined) return controlPlane?.machineChanged(machine);
    kubelet.setConnected(isConnected, side !== undefined);
    kubelet.setInternet(hasInternet);
    if (hasPower) kubelet.powerOn();
    else kubelet.powerOff();
  })];
  return () => stops.forEach((stop) => stop());
}
