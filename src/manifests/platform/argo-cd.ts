/** Argo CD: keeps the cluster as the repository says, with a page to see it. */
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { GitOps, Homelab } from "../../config/homelab.ts";
import { SECRET_SOURCE_ANNOTATION } from "../apps/secret.ts";
import type { FootprintWorkload } from "../footprint.ts";
import type { Application } from "../kinds/argo-cd.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { componentVersion } from "../versions.ts";
import { pinnedChart, type Component } from "./component.ts";
import { renderHost } from "./component-route.ts";

const AT = ["platform", "gitops"];
const NAMESPACE = "argocd";

function render(homelab: Homelab, gitops: GitOps): RenderedObject[] {
  const labels = componentLabels("argo-cd");
  const objects: RenderedObject[] = [];
  if (gitops.credentials !== undefined) {
    const isSsh = gitops.repository.startsWith("ssh://") || gitops.repository.startsWith("git@");
    const key = isSsh ? "sshPrivateKey" : "password";
    objects.push(rendered<ISecret>([...AT, "credentials"], {
      apiVersion: "v1", kind: "Secret",
      // Argo CD finds its repositories by this label.
      metadata: { name: "homelab-repository", namespace: NAMESPACE, labels: { ...labels, "argocd.argoproj.io/secret-type": "repository" }, annotations: { [SECRET_SOURCE_ANNOTATION]: gitops.credentials.secret } },
      type: "Opaque", stringData: { type: "git", url: gitops.repository, ...(isSsh ? {} : { username: "git" }), [key]: "" },
    }, [{ key, secret: gitops.credentials.secret, form: "value" }]));
  }
  objects.push(rendered<Application>([...AT, "repository"], {
    apiVersion: "argoproj.io/v1alpha1", kind: "Application",
    metadata: { name: homelab.name, namespace: NAMESPACE, labels, finalizers: gitops.prune ? ["resources-finalizer.argocd.argoproj.io"] : undefined },
    spec: {
      project: "default",
      source: { repoURL: gitops.repository, targetRevision: gitops.branch, path: gitops.path.replace(/^\.?\/+/, "") || ".", directory: { recurse: true } },
      destination: { server: "https://kubernetes.default.svc" },
      syncPolicy: {
        automated: { prune: gitops.prune, selfHeal: true },
        syncOptions: ["CreateNamespace=true", "ServerSideApply=true"],
        retry: { limit: 5, backoff: { duration: "10s", factor: 2, maxDuration: "3m" } },
      },
    },
  }));
  if (gitops.host !== undefined) objects.push(...renderHost(homelab, { at: [...AT, "host"], host: gitops.host, namespace: NAMESPACE, service: "argo-cd-argocd-server", port: 80, component: "argo-cd" }));
  return objects;
}

export const argoCd: Component = {
  name: "argo-cd",
  summary: "keeps the cluster as the repository says, with a page to see it",
  at: AT,
  isUsed: (homelab) => homelab.platform.gitops?.by === "argocd",
  install: () => "chart",
  objects: (homelab) => (homelab.platform.gitops === undefined ? [] : render(homelab, homelab.platform.gitops)),
  charts: (homelab) => [pinnedChart("argo-cd", AT, NAMESPACE, {
    // TLS ends at the ingress controller.
    configs: { params: { "server.insecure": true, "timeout.reconciliation": `${Math.max(60, Math.round((homelab.platform.gitops?.interval.ms ?? 180_000) / 1000))}s` } },
    dex: { enabled: false },
  })],
  footprint: () => {
    const image = `quay.io/argoproj/argocd:${componentVersion("argo-cd").app}`;
    const part = (kind: "Deployment" | "StatefulSet", component: string, port: number, ready: { path: string; port: number } | { tcp: number } | undefined, own = image): FootprintWorkload => ({
      kind, namespace: NAMESPACE, name: `argo-cd-argocd-${component}`, labels: { "app.kubernetes.io/name": `argocd-${component}`, "app.kubernetes.io/instance": "argo-cd" }, serviceAccount: `argocd-${component}`,
      containers: [{ name: component, image: own, ports: [{ name: component.slice(0, 15).replace(/-$/, ""), port }], ready }],
    });
    return {
      workloads: [
        part("StatefulSet", "application-controller", 8082, { path: "/healthz", port: 8082 }),
        part("Deployment", "applicationset-controller", 7000, undefined),
        part("Deployment", "notifications-controller", 9001, undefined),
        part("Deployment", "repo-server", 8081, { path: "/healthz", port: 8084 }),
        part("Deployment", "server", 8080, { path: "/healthz", port: 8080 }),
        part("Deployment", "redis", 6379, { tcp: 6379 }, "ecr-public.aws.com/docker/library/redis:8.2.2-alpine"),
      ],
      services: [
        { namespace: NAMESPACE, name: "argo-cd-argocd-server", selector: { "app.kubernetes.io/name": "argocd-server" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
        { namespace: NAMESPACE, name: "argo-cd-argocd-repo-server", selector: { "app.kubernetes.io/name": "argocd-repo-server" }, ports: [{ name: "tcp-repo-server", port: 8081 }] },
        { namespace: NAMESPACE, name: "argo-cd-argocd-redis", selector: { "app.kubernetes.io/name": "argocd-redis" }, ports: [{ name: "tcp-redis", port: 6379 }] },
      ],
    };
  },
  crds: ["argo-cd"],
};
