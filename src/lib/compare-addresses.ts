/** Order of IP addresses: IPv4 first, then by number. For `sort`. */
import ipaddr from "ipaddr.js";

export function compareAddresses(a: string, b: string): number {
  const [left, right] = [ipaddr.parse(a).toByteArray(), ipaddr.parse(b).toByteArray()];
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return 0;
}
