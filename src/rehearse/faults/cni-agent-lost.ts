/** Its pod there ends again and again, and the plugin does what it does without it. */
import { networkAgentOf } from "../network-agent.ts";
import { type FaultEffect, nodeOf } from "./fault-effect.ts";

/** Estimate: what an agent takes to find out that it cannot go on. */
const FOUND_OUT_MS = 200;

export const CNI_AGENT_LOST_EFFECT: FaultEffect = {
  begin: (struck, target) => {
    const agent = networkAgentOf(struck.homelab);
    if (agent === undefined) return;
    const { agents } = struck.cluster;
    agents.setCrashing(agent.namespace, agent.labels, FOUND_OUT_MS, nodeOf(struck, target));
    agents.machine(nodeOf(struck, target))?.loseNetworkAgent(agent);
  },
  end: (struck, target) => {
    const agent = networkAgentOf(struck.homelab);
    if (agent === undefined) return;
    const { agents } = struck.cluster;
    agents.setCrashing(agent.namespace, agent.labels, undefined, nodeOf(struck, target));
    agents.machine(nodeOf(struck, target))?.letNetworkAgentReturn();
  },
};
