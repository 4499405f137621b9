/** A disruption budget lets a machine be emptied. */
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const budgetAllowsDrain: Check = {
  id: "budget-allows-drain",
  severity: "error",
  summary: "A disruption budget lets at least one pod be moved.",
  why: "Draining asks the Eviction API, which answers 429 while the budget allows no disruption: every upgrade and reboot waits for ever (kubernetes.io, disruptions).",
  examples: {
    good: `
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, replicas: 2, disruptionBudget: { maxUnavailable: 1 } }`,
    bad: `
      apps:
        shop:
          image: ghcr.io/example/shop:2.0.1
          port: 80
          host: shop
          replicas: 2
          disruptionBudget: { maxUnavailable: 0 } # ✗`,
  },
  check({ homelab }) {
    const results: CheckResult[] = servicesOf(homelab).flatMap(({ item, path }): CheckResult[] => {
      const max = item.disruptionBudget?.maxUnavailable;
      if (max === undefined || (max !== 0 && max !== "0%")) return [];
      return [
        {
          path: [...path, "disruptionBudget"],
          value: String(max),
          message: `${item.name}'s budget allows no pod to be moved: every drain waits for ever`,
          expected: "maxUnavailable of 1 or more",
          fix: "Set maxUnavailable: 1; with two replicas one keeps answering.",
        },
      ];
    });
    for (const [index, own] of homelab.objects.entries()) {
      if (own.kind !== "inline" || own.object["kind"] !== "PodDisruptionBudget") continue;
      const spec = own.object["spec"] as { maxUnavailable?: unknown; minAvailable?: unknown } | undefined;
      const blocks = spec?.maxUnavailable === 0 || spec?.maxUnavailable === "0%" || spec?.minAvailable === "100%";
      if (!blocks) continue;
      results.push({ path: ["objects", index], message: "this PodDisruptionBudget allows no pod to be moved: every drain waits for ever", expected: "maxUnavailable: 1", fix: "Set maxUnavailable: 1." });
    }
    return results;
  },
};
