/** Address ranges (CIDR) of both families as closed intervals of big integers: overlap and containment are comparisons. */
import ipaddr from "ipaddr.js";

export interface IpRange {
  /** As written. */
  text: string;
  family: 4 | 6;
  prefix: number;
  first: bigint;
  last: bigint;
}

/** `10.42.0.0/16`, `2001:db8::/56` or a single address; undefined where the text is neither. Host bits are ignored. */
export function parseIpRange(text: string): IpRange | undefined {
  const slash = text.indexOf("/");
  const addressText = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(addressText);
  if (address === undefined) return undefined;
  const bits = address.family === 4 ? 32 : 128;
  const prefixText = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  if (prefix > bits) return undefined;
  const size = 1n << BigInt(bits - prefix);
  const first = (address.value / size) * size;
  return { text, family: address.family, prefix, first, last: first + size - 1n };
}

/** `192.168.1.240-192.168.1.250` (as MetalLB writes pools) or anything `parseIpRange` takes. */
export function parseIpSpan(text: string): IpRange | undefined {
  const dash = text.indexOf("-");
  if (dash < 0) return parseIpRange(text);
  const from = parseAddress(text.slice(0, dash).trim());
  const to = parseAddress(text.slice(dash + 1).trim());
  if (!from || !to || from.family !== to.family || from.value > to.value) return undefined;
  return { text, family: from.family, prefix: from.family === 4 ? 32 : 128, first: from.value, last: to.value };
}

export function rangesOverlap(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** True when `inner` lies wholly in `outer`. */
export function rangeContains(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

function parseAddress(text: string): { family: 4 | 6; value: bigint } | undefined {
  const family = ipaddr.IPv4.isValidFourPartDecimal(text) ? 4 : ipaddr.IPv6.isValid(text) ? 6 : undefined;
  if (family === undefined) return undefined;
  const bytes = family === 4 ? ipaddr.IPv4.parse(text).toByteArray() : ipaddr.IPv6.parse(text).toByteArray();
  return { family, value: bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) };
}
