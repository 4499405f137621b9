/** One server, or an even number of them: three (or the next odd number) keep the cluster's state, and its API, when one is lost. */
import type { AdviceRule } from "./advice-rule.ts";

/** More members make every write slower, and no home needs to lose three at once. */
const SERVERS_MAX = 5;

export const THREE_SERVERS: AdviceRule = {
  id: "three-servers",
  propose: ({ homelab, judged, cause }) => {
    const servers = Object.values(homelab.machines).filter(({ roles }) => roles.includes("control-plane"));
    const wanted = Math.max(3, servers.length + (servers.length % 2 === 0 ? 1 : 2));
    const isFelt = judged.worst?.outcome.isStateLost === true || (judged.worst?.outcome.api.length ?? 0) > 0 || /API|state/.test(cause);
    const others = Object.values(homelab.machines).filter(({ roles }) => roles.includes("worker") && !roles.includes("control-plane"));
    if (!isFelt || wanted > SERVERS_MAX || servers.length + others.length < wanted) return [];
    const chosen = others.slice(0, wanted - servers.length);
    return [{
      text: `${wanted} servers instead of ${servers.length}: ${chosen.map(({ name }) => name).join(" and ")} too`,
      ways: [
        chosen.map(({ name }) => `machines.${name}.roles=[control-plane, worker]`),
        // SQLite is in one server: more of them need etcd, which the file may have to say.
        ["kubernetes.datastore=etcd", ...chosen.map(({ name }) => `machines.${name}.roles=[control-plane, worker]`)],
      ],
    }];
  },
};
