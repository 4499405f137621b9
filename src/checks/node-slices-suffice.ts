/** The pods' range holds a slice for each node, and a slice holds the pods a node takes. */
import { parseIpRange } from "../lib/ip-range.ts";
import type { Check, CheckResult } from "./check.ts";
import { nodes } from "./derived/machines.ts";

export const nodeSlicesSuffice: Check = {
  id: "node-slices-suffice",
  severity: "error",
  summary: "The pods' range has a slice for each node, and each slice has addresses for the pods that a node takes.",
  why: "kube-controller-manager gives each node one slice (--node-cidr-mask-size, /24 by default). A node without one stays NotReady; a pod without an address stays in ContainerCreating.",
  examples: {
    good: `
      kubernetes:
        network: { pods: 10.42.0.0/16, nodePrefix: { ipv4: 24 } }`,
    bad: `
      kubernetes:
        network: { pods: 10.42.0.0/23, nodePrefix: { ipv4: 24 } } # ✗
      machines:
        pi1: { address: 192.168.1.11, roles: [control-plane, worker] }
        pi2: { address: 192.168.1.12 }
        pi3: { address: 192.168.1.13 }`,
  },
  check({ homelab, source }) {
    const { network, kubelet } = homelab.kubernetes;
    const nodeCount = nodes(homelab).length;
    return network.pods.flatMap((text, index): CheckResult[] => {
      const range = parseIpRange(text);
      if (range === undefined) return [];
      const slice = range.family === 4 ? network.nodePrefix.ipv4 : network.nodePrefix.ipv6;
      const bits = range.family === 4 ? 32 : 128;
      if (slice < range.prefix) {
        return [
          {
            path: ["kubernetes", "network", "nodePrefix"],
            value: `/${slice}`,
            message: `a node's slice (/${slice}) is larger than the pods' range ${text}`,
            expected: `a prefix length from ${range.prefix} to ${bits - 2}`,
            fix: `Widen the pods' range, or set nodePrefix.ipv${range.family} to ${Math.min(range.prefix + 8, bits - 2)}.`,
          },
        ];
      }
      // Beyond 2^20 no homelab comes near the limit, and the shift would leave the safe integers.
      const slices = 2 ** Math.min(slice - range.prefix, 20);
      if (slices < nodeCount) {
        return [
          {
            path: ["kubernetes", "network", "pods", index],
            value: text,
            message: `pods ${text} has ${slices} slice${slices === 1 ? "" : "s"} of /${slice} for ${nodeCount} nodes`,
            expected: `at least ${nodeCount} slices`,
            fix: range.family === 4 ? "Use a wider range, such as 10.42.0.0/16." : "Use a wider range, such as a /56.",
          },
        ];
      }
      const addresses = 2 ** Math.min(bits - slice, 20) - 2;
      if (addresses < kubelet.maxPods) {
        return [
          {
            path: source.has(["kubernetes", "kubelet", "maxPods"]) ? ["kubernetes", "kubelet", "maxPods"] : ["kubernetes", "network", "nodePrefix"],
            value: `/${slice}`,
            message: `a node's slice (/${slice}) has ${addresses} addresses, and a node takes ${kubelet.maxPods} pods`,
            expected: `at least ${kubelet.maxPods} addresses`,
            fix: `Lower kubelet.maxPods to ${addresses} or less, or set nodePrefix.ipv${range.family} to ${bits - Math.ceil(Math.log2(kubelet.maxPods + 2))}.`,
          },
        ];
      }
      return [];
    });
  },
};
