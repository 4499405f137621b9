/** The home's own addresses are outside the cluster's ranges. */
import { rangesOverlap } from "../lib/ip-range.ts";
import type { Check } from "./check.ts";
import { clusterRanges, homeRanges } from "./derived/ranges.ts";

export const homeNetworkOutsideCluster: Check = {
  id: "home-network-outside-cluster",
  severity: "error",
  summary: "No address of the home network lies in the range of pods or services.",
  why: "A node sends what is in the pods' or services' range into the cluster: a machine, router or NAS whose address lies there can no longer be reached from it. Ranges cannot be changed after the cluster is made.",
  examples: {
    good: `
      lan: 192.168.1.0/24
      kubernetes:
        network: { pods: 10.42.0.0/16, services: 10.43.0.0/16 }`,
    bad: `
      lan: 192.168.1.0/24
      kubernetes:
        network:
          pods: 192.168.0.0/16 # ✗
          services: 10.43.0.0/16`,
  },
  check({ homelab }) {
    return clusterRanges(homelab).flatMap((cluster) => {
      const clashing = homeRanges(homelab).filter((home) => rangesOverlap(home.range, cluster.range));
      const first = clashing[0];
      if (first === undefined) return [];
      const more = clashing.length === 1 ? "" : ` and ${clashing.length - 1} more of the home network`;
      return [
        {
          path: cluster.path,
          value: cluster.range.text,
          message: `${cluster.what} ${cluster.range.text} overlaps ${first.what} ${first.range.text}${more}`,
          expected: "a range that the home network does not use",
          fix: `Choose another range for ${cluster.what}, such as ${cluster.what === "pods" ? "10.42.0.0/16" : "10.43.0.0/16"}; home networks rarely use 10.42 and 10.43.`,
        },
      ];
    });
  },
};
