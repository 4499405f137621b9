/** All machines find the API through one load balancer: with it nothing moves any more. Two of them share an address (keepalived). */
import type { Homelab } from "../../../config/homelab.ts";
import { DEPENDANT_LISTS } from "../../../config/model/site.ts";
import type { AdviceRule } from "./advice-rule.ts";
import { freeAddress } from "./free-address.ts";
import { likeIt, machinesLost } from "./lost-elements.ts";
import { nextName } from "./next-name.ts";

export const SECOND_LOAD_BALANCER: AdviceRule = {
  id: "second-load-balancer",
  propose: ({ homelab, judged }) => {
    const { endpoint } = homelab.kubernetes;
    const first = endpoint.on[0];
    if (endpoint.by !== "haproxy" || endpoint.on.length !== 1 || first === undefined || homelab.machines[first] === undefined || !machinesLost(homelab, judged).includes(first)) return [];
    const name = nextName(first, homelab.machines);
    const places = placesFor(homelab, first);
    // One that was alone may have had the address for its own.
    const isOwn = endpoint.address === homelab.machines[first].address;
    const address = isOwn ? freeAddress(homelab) : endpoint.address;
    if (address === undefined) return [];
    return [{
      text: `a second load balancer (${name}${places.length === 0 ? "" : `, on ${[...new Set(places.map(({ part }) => part))].join(" and ")}`}) with ${address} for both`,
      ways: [[
        `machines.${name}={}`,
        ...places.map(({ part, list }) => `site.${part}.${list}+=${name}`),
        `kubernetes.endpoint.on=[${first}, ${name}]`,
        ...(isOwn ? [`kubernetes.endpoint.address=${address}`] : []),
      ]],
    }];
  },
};

/** On another part of each kind where there is one: what hangs together goes together. */
function placesFor(homelab: Homelab, first: string): { part: string; list: (typeof DEPENDANT_LISTS)[number] }[] {
  return Object.values(homelab.site).flatMap((part) =>
    DEPENDANT_LISTS.filter((list) => part[list].includes(first)).map((list) => ({ part: (likeIt(homelab, part).find((other) => other[list].length > 0) ?? part).name, list })),
  );
}
