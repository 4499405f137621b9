/** Lets machines feel what happens to the site: no power switches a kubelet off, no network cuts it off. */
import type { NodeAgents } from "../kubelet/node-agents.ts";
import type { Site } from "./site.ts";

/** Returns how to stop. Machines that are no nodes are the caller's to observe. */
export function connectSite(site: Site, agents: NodeAgents): () => void {
  return site.onChange((machine, { hasPower, isConnected, hasInternet }) => {
    const kubelet = agents.machine(machine);
    if (kubelet === undefined) return;
    kubelet.setConnected(isConnected);
    kubelet.setInternet(hasInternet);
    if (hasPower) kubelet.powerOn();
    else kubelet.powerOff();
  });
}
