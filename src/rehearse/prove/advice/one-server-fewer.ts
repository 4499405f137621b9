/** Of two servers both are needed: the loss of either is the loss of the API. One fewer loses less, and costs nothing. */
import type { AdviceRule } from "./advice-rule.ts";
import { machinesLost } from "./lost-elements.ts";

export const ONE_SERVER_FEWER: AdviceRule = {
  id: "one-server-fewer",
  propose: ({ homelab, judged }) => {
    const { datastore } = homelab.kubernetes;
    const servers = Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane"));
    const lost = machinesLost(homelab, judged);
    const server = servers.find(({ name }) => lost.includes(name));
    if (datastore.kind !== "etcd" || servers.length % 2 !== 0 || server === undefined || judged.worst!.outcome.api.length === 0) return [];
    return [{ text: `${servers.length - 1} ${servers.length === 2 ? "server" : "servers"} instead of ${servers.length}: ${server.name} is a worker`, ways: [[`machines.${server.name}.roles=[worker]`]] }];
  },
};
