/** A router that forwards to one machine depends on it: an address that moves between machines depends on none. */
import { wayToIngress } from "../doors.ts";
import type { AdviceRule } from "./advice-rule.ts";
import { freeAddress } from "./free-address.ts";

export const MOVING_ADDRESS: AdviceRule = {
  id: "moving-address",
  propose: ({ homelab, cause }) => {
    const { ingress } = homelab.platform;
    const way = wayToIngress(homelab);
    const router = Object.values(homelab.site).find(({ forwards }) => forwards.some(({ port }) => port === ingress.httpsPort || port === ingress.httpPort));
    const address = freeAddress(homelab);
    if (way?.door.kind !== "machine" || router === undefined || address === undefined || !cause.includes("the router sends all requests")) return [];
    const forwards = router.forwards.map(({ port, to }) => `${port}: ${port === ingress.httpPort || port === ingress.httpsPort ? address : to}`).join(", ");
    return [{
      text: `an address that moves to another machine (${address}: keep it out of DHCP), and the router forwards to it`,
      ways: [["platform.loadBalancer={by: metallb, pools: " + `${address}-${address}}`, `site.${router.name}.forwards={${forwards}}`]],
    }];
  },
};
