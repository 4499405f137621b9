/** An address of the home network for what moves between machines. */
import type { Homelab } from "../../../config/homelab.ts";
import { parseIpRange, rangeContains } from "../../../lib/ip-range.ts";

const HOST_MAX = 240;

/** The highest of the home network that nothing in the file uses, as DHCP mostly gives out low ones. */
export function freeAddress({ lan, machines, site, kubernetes }: Homelab): string | undefined {
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
