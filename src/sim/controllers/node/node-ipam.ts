/** Gives every node its range of pod addresses, the lowest free one per family (`pkg/controller/nodeipam`). */
import ipaddr from "ipaddr.js";
import type { Reconciler } from "../reconciler.ts";
import type { Node } from "../shapes.ts";

export interface NodeIpamOptions {
  /** One per address family, as `10.42.0.0/16`. */
  podCidrs: readonly string[];
  /** Bits of a node's range (`--node-cidr-mask-size-ipv4`, `-ipv6`). */
  maskV4?: number;
  maskV6?: number;
}

/** The `index`-th range of `mask` bits in `cidr`, or undefined beyond its end. */
export function subnet(cidr: string, mask: number, index: number): string | undefined {
  const [base, bits] = ipaddr.parseCIDR(cidr);
  if (mask < bits || index >= 2 ** Math.min(mask - bits, 30)) return undefined;
  const bytes = base.toByteArray();
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  value += BigInt(index) << BigInt(bytes.length * 8 - mask);
  const shifted = bytes.map((_, at) => Number((value >> BigInt((bytes.length - 1 - at) * 8)) & 0xffn));
  return `${ipaddr.fromByteArray(shifted).toString()}/${mask}`;
}

export function nodeIpamController({ podCidrs, maskV4 = 24, maskV6 = 64 }: NodeIpamOptions): Reconciler {
  return {
    name: "node-ipam-controller",
    watches: [{ type: "nodes" }],
    sync(name, { client }) {
      const node = client.get<Node>("nodes", undefined, name);
      if (node === undefined || (node.spec.podCIDRs?.length ?? 0) > 0) return;
      const taken = new Set(client.list<Node>("nodes").flatMap(({ spec }) => spec.podCIDRs ?? []));
      const found: string[] = [];
      for (const cidr of podCidrs) {
        const mask = cidr.includes(":") ? maskV6 : maskV4;
        let index = 0;
        let candidate = subnet(cidr, mask, index);
        while (candidate !== undefined && taken.has(candidate)) candidate = subnet(cidr, mask, ++index);
        if (candidate === undefined) {
          client.event(node, { type: "Normal", reason: "CIDRNotAvailable", message: `Node ${name} status is now: CIDRNotAvailable`, component: "cidrAllocator" });
          return;
        }
        found.push(candidate);
      }
      if (found.length > 0) client.patch("nodes", undefined, name, { spec: { podCIDR: found[0], podCIDRs: found } });
    },
  };
}
