/** The network of pods and services: plugin, ranges (one, or IPv4 and IPv6) and DNS. */
import { z } from "zod";
import { cidr, domainName, ipAddress, oneOf, oneOrMore, wholeNumber } from "./scalars.ts";

export const network = z
  .strictObject({
    cni: oneOf(["flannel", "calico", "cilium", "kube-router", "none"]).optional().describe("The network plugin."),
    backend: oneOf(["vxlan", "host-gw", "wireguard-native", "ipip", "bgp", "none"])
      .optional()
      .describe("How packets travel between nodes; host-gw needs no tunnel where all nodes share one link."),
    pods: oneOrMore(cidr).optional().describe("The pods' range; for dual stack an IPv4 and an IPv6 one, the primary first."),
    services: oneOrMore(cidr).optional().describe("The services' range; for dual stack an IPv4 and an IPv6 one, the primary first."),
    nodePrefix: z
      .strictObject({
        ipv4: wholeNumber(8, 30).optional().describe("Prefix length of a node's slice of the pods' IPv4 range."),
        ipv6: wholeNumber(16, 126).optional().describe("Prefix length of a node's slice of the pods' IPv6 range."),
      })
      .optional()
      .describe("The slice of the pods' range that each node gets."),
    ipv6Masquerade: z.boolean().optional().describe("Whether pods leave with their node's IPv6 address; needed where the range is not routed."),
    dns: z
      .strictObject({
        domain: domainName.optional().describe("The cluster's DNS domain."),
        upstream: z.array(ipAddress).optional().describe("DNS servers for names outside the cluster; the machines' own by default."),
        ndots: wholeNumber(1, 15).optional().describe("Dots below which pods try the search domains first."),
        nodeLocal: z
          .union([
            z.boolean(),
            z.strictObject({
              enabled: z.boolean().optional(),
              address: ipAddress.optional().describe("Where the cache answers on each node."),
            }),
          ])
          .optional()
          .describe("A DNS cache on each node."),
      })
      .optional()
      .describe("DNS of the cluster."),
    proxy: oneOf(["iptables", "nftables", "ipvs", "none"]).optional().describe("How kube-proxy routes services."),
  })
  .meta({ id: "ClusterNetwork", description: "The network of pods and services." });
