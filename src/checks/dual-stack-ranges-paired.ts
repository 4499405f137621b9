/** Pods and services speak the same families, in the same order. */
import { parseIpRange } from "../lib/ip-range.ts";
import type { Check, CheckResult } from "./check.ts";

export const dualStackRangesPaired: Check = {
  id: "dual-stack-ranges-paired",
  severity: "error",
  summary: "Pods and services have one range of each family they use, in the same order.",
  why: "The first range of each is the primary family: kube-apiserver and kube-controller-manager refuse two of one family and a services' list whose primary differs from the pods' (docs.k3s.io, dual stack; kubeadm validates the same).",
  examples: {
    good: `
      kubernetes:
        network:
          pods: [10.42.0.0/16, "2001:db8:42::/56"]
          services: [10.43.0.0/16, "2001:db8:43::/112"]`,
    bad: `
      kubernetes:
        network:
          pods: [10.42.0.0/16, "2001:db8:42::/56"]
          services: [10.43.0.0/16] # ✗`,
  },
  check({ homelab }) {
    const { pods, services } = homelab.kubernetes.network;
    const results: CheckResult[] = [];
    for (const [what, ranges] of [["pods", pods], ["services", services]] as const) {
      const families = ranges.map(familyOf);
      const repeated = families.findIndex((family, index) => families.indexOf(family) !== index);
      if (repeated >= 0) {
        results.push({
          path: ["kubernetes", "network", what, repeated],
          value: ranges[repeated],
          message: `${what} has two ranges of IPv${families[repeated]}`,
          expected: "one range, or one of IPv4 and one of IPv6",
          fix: "Keep one range of each family.",
        });
      }
    }
    if (results.length > 0) return results;
    const podFamilies = pods.map(familyOf).join(",");
    const serviceFamilies = services.map(familyOf).join(",");
    if (podFamilies === serviceFamilies) return [];
    return [
      {
        path: ["kubernetes", "network", "services"],
        value: services.join(", "),
        message: `services have ${names(services)} while pods have ${names(pods)}`,
        expected: names(pods),
        fix: "Give pods and services a range of the same families, the primary one first in both.",
      },
    ];
  },
};

function familyOf(text: string): 4 | 6 {
  return parseIpRange(text)?.family ?? 4;
}

function names(ranges: readonly string[]): string {
  return ranges.map((text) => `IPv${familyOf(text)}`).join(" then ");
}
