/** Pods and services have ranges of their own. Overlap with the home network is `home-network-outside-cluster`. */
import { rangesOverlap } from "../lib/ip-range.ts";
import type { Check, CheckResult } from "./check.ts";
import { clusterRanges } from "./derived/ranges.ts";

export const podCidrDisjoint: Check = {
  id: "pod-cidr-disjoint",
  severity: "error",
  summary: "The ranges of pods and of services do not overlap.",
  why: "An address that is both a pod's and a service's is answered by whichever rule comes first on each node: some connections go astray, differently on each machine.",
  examples: {
    good: `
      kubernetes:
        network: { pods: 10.42.0.0/16, services: 10.43.0.0/16 }`,
    bad: `
      kubernetes:
        network:
          pods: 10.42.0.0/15
          services: 10.43.0.0/16 # ✗`,
  },
  check({ homelab }) {
    const ranges = clusterRanges(homelab);
    const results: CheckResult[] = [];
    for (const [index, later] of ranges.entries()) {
      for (const earlier of ranges.slice(0, index)) {
        if (!rangesOverlap(earlier.range, later.range)) continue;
        results.push({
          path: later.path,
          value: later.range.text,
          message: `${later.what} ${later.range.text} overlaps ${earlier.what} ${earlier.range.text}`,
          expected: `a range outside ${earlier.range.text}`,
          fix: "Choose ranges that share no address, such as 10.42.0.0/16 for pods and 10.43.0.0/16 for services.",
        });
      }
    }
    return results;
  },
};
