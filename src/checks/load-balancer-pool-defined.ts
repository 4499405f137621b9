/** Who gives out addresses has some, and a service asks for one that exists. */
import { parseIpRange, parseIpSpan, rangeContains } from "../lib/ip-range.ts";
import { nearestName } from "../lib/nearest-name.ts";
import { own } from "../lib/own.ts";
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const loadBalancerPoolDefined: Check = {
  id: "load-balancer-pool-defined",
  severity: "error",
  summary: "MetalLB and kube-vip have a pool of addresses, and what a service asks for is in it.",
  why: "Without a pool every LoadBalancer service stays at `<pending>`, and nothing says why (metallb.io, troubleshooting).",
  examples: {
    good: `
      kubernetes: { disable: [servicelb] }
      platform:
        loadBalancer: { by: metallb, pools: 192.168.1.240-192.168.1.250 }`,
    bad: `
      kubernetes: { disable: [servicelb] }
      platform:
        loadBalancer: metallb # ✗`,
  },
  check({ homelab }) {
    const { by, pools } = homelab.platform.loadBalancer;
    if (by !== "metallb" && by !== "kube-vip") return [];
    if (Object.keys(pools).length === 0) {
      return [
        {
          path: ["platform", "loadBalancer"],
          value: by,
          message: `${by} has no addresses to give`,
          expected: "pools with at least one address",
          fix: `Write loadBalancer: { by: ${by}, pools: 192.168.1.240-192.168.1.250 } with free addresses of your network.`,
        },
      ];
    }
    return servicesOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      const { address, pool } = item.exposure;
      if (pool !== undefined && own(pools, pool) === undefined) {
        return [
          {
            path: [...path, "exposure", "pool"],
            value: pool,
            message: `there is no pool ${pool}`,
            expected: `one of ${Object.keys(pools).join(", ")}`,
            didYouMean: nearestName(pool, Object.keys(pools)),
            fix: "Name a pool of platform.loadBalancer.pools, or add this one.",
          },
        ];
      }
      const wanted = address === undefined ? undefined : parseIpRange(address);
      if (wanted === undefined) return [];
      const ranges = (pool === undefined ? Object.values(pools) : [own(pools, pool)]).flatMap((entry) => entry?.addresses ?? []);
      if (ranges.some((text) => {
        const range = parseIpSpan(text);
        return range !== undefined && rangeContains(range, wanted);
      })) return [];
      return [
        {
          path: [...path, "exposure", "address"],
          value: wanted.text,
          message: `the address ${wanted.text} is in no pool`,
          expected: `an address in ${ranges.join(" or ")}`,
          fix: "Choose an address of the pool, or add this one to a pool.",
        },
      ];
    });
  },
};
