/** Machines that ask the cluster's own apps for names cannot pull what would bring those apps back: they ask the router instead. */
import { poolRanges } from "../../../checks/derived/ranges.ts";
import { parseIpRange, rangeContains } from "../../../lib/ip-range.ts";
import type { AdviceRule } from "./advice-rule.ts";

export const NAMES_OUTSIDE: AdviceRule = {
  id: "names-outside",
  propose: ({ homelab }) => {
    const pools = poolRanges(homelab);
    const isInside = (text: string): boolean => pools.some(({ range }) => rangeContains(range, parseIpRange(text)!));
    const asking = Object.values(homelab.machines).filter(({ network: { resolvers } }) => resolvers.length > 0 && resolvers.every(isInside));
    const router = Object.values(homelab.site).find(({ kind, address }) => kind === "router" && address !== undefined);
    const outside = router?.address ?? asking.flatMap(({ network }) => network.gateway ?? [])[0];
    if (asking.length === 0 || outside === undefined) return [];
    const everybody = asking.length === Object.keys(homelab.machines).length;
    return [{
      text: `machines ask ${router?.name ?? "the router"} (${outside}) for names, not an app of this cluster`,
      ways: [everybody ? [`machineDefaults.network.resolvers=[${outside}]`] : asking.map(({ name }) => `machines.${name}.network.resolvers=[${outside}]`)],
    }];
  },
};
