/** The home's own addresses are outside the cluster's ranges. */
import { parseIpRange, rangesOverlap } from "../lib/ip-range.ts";
import type { Check } from "./check.ts";
import { clusterRanges, homeRanges, type NamedRange } from "./derived/ranges.ts";

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
  check({ homelab, source }) {
    const home = homeRanges(homelab);
    const cluster = clusterRanges(homelab);
    return cluster.flatMap((own) => {
      const clashing = home.filter((other) => rangesOverlap(other.range, own.range));
      const first = clashing[0];
      if (first === undefined) return [];
      const more = clashing.length === 1 ? "" : ` and ${clashing.length - 1} more of the home network`;
      const free = freeRange(own.range.family, [...home, ...cluster.filter((other) => other !== own)]);
      return [
        {
          // A default range is nowhere in the file: what clashes with it is.
          path: source.has(own.path) || source.has(own.path.slice(0, -1)) ? own.path : first.path,
          value: own.range.text,
          message: `${own.what} ${own.range.text} overlaps ${first.what}${first.what.endsWith(first.range.text) ? "" : ` ${first.range.text}`}${more}`,
          expected: "a range that the home network does not use",
          fix: free === undefined ? "Choose a range that is free." : `Set kubernetes.network.${own.what}: ${free}, which is free.`,
        },
      ];
    });
  },
};

/** Ranges that homes seldom use, the usual ones first. */
const CANDIDATES = ["10.42.0.0/16", "10.43.0.0/16", "10.244.0.0/16", "10.96.0.0/16", "172.20.0.0/16", "172.21.0.0/16", "100.64.0.0/16", "fd42:42::/56", "fd42:43::/112"];

function freeRange(family: 4 | 6, taken: readonly NamedRange[]): string | undefined {
  return CANDIDATES.find((text) => {
    const range = parseIpRange(text);
    return range !== undefined && range.family === family && !taken.some((other) => rangesOverlap(other.range, range));
  });
}
