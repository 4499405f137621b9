/** The addresses given to services belong to nobody else, and are on the home network. */
import { parseIpRange, rangeContains, rangesOverlap, type IpRange } from "../lib/ip-range.ts";
import type { Check, CheckResult } from "./check.ts";
import { homeRanges, poolRanges } from "./derived/ranges.ts";

export const loadBalancerPoolFree: Check = {
  id: "load-balancer-pool-free",
  severity: "error",
  summary: "The load balancer's pools hold no address that a machine, site part or the endpoint has, do not overlap, and lie on the home network in layer 2 mode.",
  why: "MetalLB answers ARP for every address that it gives out: one that a machine has is then answered twice. In layer 2 an address outside the home network is never asked for (metallb.io, configuration).",
  examples: {
    good: `
      lan: 192.168.1.0/24
      kubernetes: { disable: [servicelb] }
      platform:
        loadBalancer: { by: metallb, pools: 192.168.1.240-192.168.1.250 }`,
    bad: `
      lan: 192.168.1.0/24
      kubernetes: { disable: [servicelb] }
      platform:
        loadBalancer:
          by: metallb
          pools: 192.168.1.10-192.168.1.20 # ✗`,
  },
  check({ homelab }) {
    const pools = poolRanges(homelab);
    const owned = homeRanges(homelab).filter((home) => home.what !== "lan" && !home.what.startsWith("load balancer pool") && home.range.first === home.range.last);
    const lan = homelab.lan.map(parseIpRange).filter((range): range is IpRange => range !== undefined);
    return pools.flatMap((pool, index): CheckResult[] => {
      const taken = owned.find((home) => rangesOverlap(home.range, pool.range));
      if (taken !== undefined) {
        return [
          {
            path: pool.path,
            value: pool.range.text,
            message: `${pool.what} ${pool.range.text} holds the address of ${taken.what}, ${taken.range.text}`,
            expected: "addresses that nothing else has",
            fix: "Choose addresses at the end of the network, and take them out of the router's DHCP range.",
          },
        ];
      }
      const other = pools.slice(0, index).find((earlier) => rangesOverlap(earlier.range, pool.range));
      if (other !== undefined) {
        return [
          {
            path: pool.path,
            value: pool.range.text,
            message: `${pool.what} ${pool.range.text} overlaps ${other.what} ${other.range.text}`,
            expected: "pools that share no address",
            fix: "Take the shared addresses out of one of them.",
          },
        ];
      }
      const isOutside = lan.some((range) => range.family === pool.range.family) && !lan.some((range) => rangeContains(range, pool.range));
      if (!isOutside || homelab.platform.loadBalancer.mode === "bgp") return [];
      return [
        {
          path: pool.path,
          value: pool.range.text,
          severity: "warning",
          message: `${pool.what} ${pool.range.text} is outside the home network (${homelab.lan.join(", ")})`,
          expected: `addresses in ${homelab.lan.join(" or ")}`,
          fix: "Choose addresses of the home network, or use mode: bgp.",
        },
      ];
    });
  },
};
