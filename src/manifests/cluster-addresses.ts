/** Addresses that follow from the cluster's ranges. */
import ipaddr from "ipaddr.js";
import type { Homelab } from "../config/homelab.ts";

/** The `index`-th address of a range, counted from its base: 1 is the API's Service, 10 is DNS. Undefined for text that is no range. */
export function addressAt(range: string, index: number): string | undefined {
  try {
    const [base] = ipaddr.parseCIDR(range);
    const [, prefix] = ipaddr.parseCIDR(range);
    const bytes = base.toByteArray();
    // Clear the host bits, then add with carry.
    const masked = bytes.map((byte, position) => byte & maskByte(prefix, position));
    let carry = index;
    for (let position = masked.length - 1; position >= 0 && carry > 0; position--) {
      const sum = (masked[position] ?? 0) + carry;
      masked[position] = sum & 255;
      carry = sum >> 8;
    }
    return ipaddr.fromByteArray(masked).toString();
  } catch {
    // Not a range: `check` has said so.
    return undefined;
  }
}

function maskByte(prefix: number, position: number): number {
  const bits = Math.min(8, Math.max(0, prefix - position * 8));
  return (0xff00 >> bits) & 0xff;
}

/** The clusters' DNS addresses, one of each family: the tenth of each Service range, as k3s and kubeadm choose. */
export function clusterDns(homelab: Homelab): string[] {
  return homelab.kubernetes.network.services.map((range) => addressAt(range, 10)).filter((address) => address !== undefined);
}
