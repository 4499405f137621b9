/** A router that forwards to one machine depends on it: an address that moves between machines depends on none. */
import { parseIpRange, rangeContains } from "../../../lib/ip-range.ts";
import type { Homelab } from "../../../config/homelab.ts";
import { wayToIngress } from "../doors.ts";
import type { AdviceRule } from "./advice-rule.ts";

const HOST_MAX = 240;

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

/** The highest of the home network that nothing in the file uses, as DHCP mostly gives out low ones. */
function freeAddress({ lan, machines, site, kubernetes }: Homelab): string | undefined {
  const first = Object.values(machines)[0]?.address;
  const match = /^(\d+\.\d+\.\d+)\.\d+$/.exec(first ?? "");
  if (match === null) return undefined;
  const used = new Set([...Object.values(machines).map(({ address }) => address), ...Object.values(site).map((part) => part.address), kubernetes.endpoint.address]);
  const ranges = lan.flatMap((text) => parseIpRange(text) ?? []);
  for (let host = HOST_MAX; host > 1; host--) {
    const address = `${match[1]}.${host}`;
    if (!used.has(address) && ranges.some((range) => rangeContains(range, parseIpRange(address)!))) return address;
  }
  return undefined;
}
