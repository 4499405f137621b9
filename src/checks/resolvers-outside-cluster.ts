/** Machines do not ask the cluster for names they need to start it. */
import { parseIpRange, rangeContains } from "../lib/ip-range.ts";
import type { Path } from "../config/finding.ts";
import type { Check } from "./check.ts";
import { clusterRanges, poolRanges } from "./derived/ranges.ts";

export const resolversOutsideCluster: Check = {
  id: "resolvers-outside-cluster",
  severity: "warning",
  summary: "The DNS servers of machines and of the cluster are not served by the cluster itself.",
  why: "After a power cut the machines need DNS to pull the images of the DNS server that runs in the cluster: neither comes up (a cold start that locks itself; seen with Pi-hole in the cluster).",
  examples: {
    good: `
      machineDefaults: { network: { resolvers: [192.168.1.1] } }`,
    bad: `
      kubernetes:
        disable: [servicelb]
        network:
          dns:
            upstream: [192.168.1.240] # ✗
      platform:
        loadBalancer: { by: metallb, pools: 192.168.1.240-192.168.1.250 }`,
  },
  check({ homelab }) {
    const inside = [...clusterRanges(homelab), ...poolRanges(homelab)];
    const resolvers: { text: string; path: Path; who: string }[] = homelab.kubernetes.network.dns.upstream.map((text, index) => ({
      text,
      who: "the cluster's DNS",
      path: ["kubernetes", "network", "dns", "upstream", index],
    }));
    for (const machine of Object.values(homelab.machines)) {
      for (const [index, text] of machine.network.resolvers.entries()) resolvers.push({ text, who: machine.name, path: ["machines", machine.name, "network", "resolvers", index] });
    }
    return resolvers.flatMap(({ text, who, path }) => {
      const address = parseIpRange(text);
      const owner = address === undefined ? undefined : inside.find((entry) => rangeContains(entry.range, address));
      if (owner === undefined) return [];
      return [
        {
          path,
          value: text,
          message: `${who} asks ${text}, which is in ${owner.what} (${owner.range.text}): served by the cluster itself`,
          expected: "a DNS server outside the cluster, such as the router",
          fix: "Put the router first and the cluster's DNS server second, or run it outside the cluster.",
        },
      ];
    });
  },
};
