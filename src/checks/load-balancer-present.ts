/** A service that asks for an address of its own has someone to give it. */
import type { Check, CheckResult } from "./check.ts";
import { servicesOf } from "./derived/workloads.ts";

export const loadBalancerPresent: Check = {
  id: "load-balancer-present",
  severity: "error",
  summary: "Where a service or the ingress has `load-balancer` exposure, something gives out addresses.",
  why: "Without a load balancer a Service of type LoadBalancer stays at `<pending>` for ever.",
  examples: {
    good: `
      apps:
        game: { image: ghcr.io/example/game:1.0.0, port: 2456, exposure: { kind: load-balancer } }`,
    bad: `
      platform: { loadBalancer: none, ingress: { by: traefik, exposure: host-ports } }
      apps:
        game:
          image: ghcr.io/example/game:1.0.0
          port: 2456
          exposure: { kind: load-balancer } # ✗`,
  },
  check({ homelab }) {
    const { loadBalancer, ingress } = homelab.platform;
    if (loadBalancer.by !== "none") return [];
    const fix = "Use platform.loadBalancer: servicelb (k3s) or metallb, or another exposure.";
    const results: CheckResult[] = servicesOf(homelab)
      .filter(({ item }) => item.exposure.kind === "load-balancer")
      .map(({ item, path }) => ({ path: [...path, "exposure"], value: "load-balancer", message: `${item.name} asks for a load balancer's address, and there is no load balancer`, expected: "cluster or node-port", fix }));
    if (ingress.by !== "none" && ingress.exposure === "load-balancer") {
      results.push({ path: ["platform", "ingress"], value: "load-balancer", message: "the ingress asks for a load balancer's address, and there is no load balancer", expected: "exposure: host-ports", fix: "Set ingress: { exposure: host-ports }, or platform.loadBalancer: metallb." });
    }
    return results;
  },
};
