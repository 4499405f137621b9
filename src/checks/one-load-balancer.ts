/** One thing gives out addresses. */
import type { Check, CheckResult } from "./check.ts";

export const oneLoadBalancer: Check = {
  id: "one-load-balancer",
  severity: "error",
  summary: "ServiceLB of k3s is off where MetalLB or kube-vip gives out addresses.",
  why: "Both take every LoadBalancer service: its address flips between a node's and the pool's, and ServiceLB's pods hold the ports 80 and 443 of the nodes (metallb.io, installation: k3s).",
  examples: {
    good: `
      kubernetes: { disable: [servicelb] }
      platform:
        loadBalancer: { by: metallb, pools: 192.168.1.240-192.168.1.250 }`,
    bad: `
      platform:
        loadBalancer: servicelb
      charts:
        metallb: # ✗
          repository: https://metallb.github.io/metallb
          chart: metallb
          version: 0.15.2`,
  },
  check({ homelab }) {
    const { distribution, disable } = homelab.kubernetes;
    const { by } = homelab.platform.loadBalancer;
    const isServiceLbOn = distribution === "k3s" && !disable.includes("servicelb") && by === "servicelb";
    if (!isServiceLbOn) return [];
    const results: CheckResult[] = Object.values(homelab.charts)
      .filter((chart) => /(^|\/)metallb$/.test(chart.chart) || /metallb/.test(chart.repository))
      .map((chart) => ({
        path: ["charts", chart.name],
        at: "key",
        value: chart.chart,
        message: "MetalLB is installed beside k3s' ServiceLB: both give out addresses",
        expected: "one of them",
        fix: "Remove the chart and write platform: { loadBalancer: { by: metallb, pools: … } }, which turns ServiceLB off.",
      }));
    for (const [index, own] of homelab.objects.entries()) {
      if (own.kind !== "inline" || !String(own.object["apiVersion"]).startsWith("metallb.io/")) continue;
      results.push({
        path: ["objects", index],
        value: String(own.object["kind"]),
        message: `a ${String(own.object["kind"])} of MetalLB stands beside k3s' ServiceLB`,
        expected: "one of them",
        fix: "Write platform: { loadBalancer: { by: metallb, pools: … } } in its place.",
      });
    }
    return results;
  },
};
