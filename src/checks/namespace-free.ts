/** Apps keep out of Kubernetes' own namespaces. */
import type { Check } from "./check.ts";

const RESERVED = new Set(["kube-system", "kube-public", "kube-node-lease", "default", "flux-system", "argocd", "cert-manager", "metallb-system", "longhorn-system", "monitoring", "traefik"]);

export const namespaceFree: Check = {
  id: "namespace-free",
  severity: "error",
  summary: "An app's namespace is not one of Kubernetes' or of the platform's.",
  why: "An app in kube-system shares the rights and secrets of the cluster's own parts, and is removed with them; `default` cannot be given a Pod Security level that suits all.",
  examples: {
    good: `
      apps:
        blog: { image: ghcr.io/example/blog:1.4.2, port: 80, host: blog }`,
    bad: `
      apps:
        blog:
          image: ghcr.io/example/blog:1.4.2
          port: 80
          host: blog
          namespace: kube-system # ✗`,
  },
  check({ homelab, source }) {
    return Object.values(homelab.apps).flatMap((app) => {
      if (!RESERVED.has(app.namespace) && !app.namespace.startsWith("kube-")) return [];
      const isWritten = source.has(["apps", app.name, "namespace"]);
      return [
        {
          path: isWritten ? ["apps", app.name, "namespace"] : ["apps", app.name],
          at: isWritten ? ("value" as const) : ("key" as const),
          value: app.namespace,
          message: `the namespace ${app.namespace} belongs to ${app.namespace.startsWith("kube-") || app.namespace === "default" ? "Kubernetes" : "the platform"}`,
          expected: "a namespace of its own",
          fix: isWritten ? `Remove the field (its namespace is then ${app.name}), or choose another.` : "Rename the app, or give it a namespace.",
        },
      ];
    });
  },
};
