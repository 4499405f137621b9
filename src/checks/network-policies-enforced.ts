/** An app that limits its connections runs on a network that enforces it. */
import type { Check } from "./check.ts";

export const networkPoliciesEnforced: Check = {
  id: "network-policies-enforced",
  severity: "warning",
  summary: "Where an app says who may connect, the cluster's network enforces it.",
  why: "A NetworkPolicy is only an object: flannel alone ignores it, and everything stays open. k3s brings a policy controller (kube-router's), kubeadm with flannel has none (docs.k3s.io, networking services).",
  examples: {
    good: `
      kubernetes: { distribution: kubeadm, network: { cni: calico } }
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, network: { egress: [] } }`,
    bad: `
      kubernetes: { distribution: kubeadm, network: { cni: flannel } }
      apps:
        shop: { image: ghcr.io/example/shop:2.0.1, port: 80, host: shop, network: { egress: [] } } # ✗`,
  },
  check({ homelab }) {
    const { network } = homelab.kubernetes;
    if (network.enforcesPolicies) return [];
    return Object.values(homelab.apps).flatMap((app) => {
      const asks = app.network.policy && (app.network.egress !== undefined || app.network.from.length > 0);
      if (!asks) return [];
      return [
        {
          path: ["apps", app.name, "network"],
          message: `${app.name} limits its connections, and the network (${network.cni}) enforces no policy`,
          expected: "a network that enforces NetworkPolicy",
          fix: "Use network: { cni: calico }, cilium or kube-router.",
        },
      ];
    });
  },
};
