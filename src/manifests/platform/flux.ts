/** Flux: keeps the cluster as the repository says. */
import type { ISecret } from "kubernetes-models/v1/Secret";
import type { GitOps, Homelab } from "../../config/homelab.ts";
import { SECRET_SOURCE_ANNOTATION } from "../apps/secret.ts";
import type { Alert, GitRepository, Kustomization, Provider } from "../kinds/flux.ts";
import { componentLabels } from "../names.ts";
import { rendered, type RenderedObject } from "../rendered.ts";
import { pinnedChart, type Component } from "./component.ts";
import { fluxProviderType, notificationSecret } from "./notification.ts";

const AT = ["platform", "gitops"];
const NAMESPACE = "flux-system";
const SOPS_SECRET = "sops-age";
const GIT_SECRET = "flux-system";

/** Names in the secrets file that no field of the homelab names: they never change. */
const AGE_KEY_SECRET = "flux-age-key";
const KNOWN_HOSTS_SECRET = "flux-known-hosts";

function isSsh({ repository }: GitOps): boolean {
  return repository.startsWith("ssh://") || repository.startsWith("git@");
}

/** What Flux needs of the secrets file beside what its fields name, with the field that is the reason. */
export function fluxSecrets(homelab: Homelab): { secret: string; path: readonly string[] }[] {
  const { gitops } = homelab.platform;
  if (gitops?.by !== "flux") return [];
  return [
    ...(homelab.secrets.recipients.length > 0 ? [{ secret: AGE_KEY_SECRET, path: ["secrets", "recipients"] }] : []),
    ...(gitops.credentials !== undefined && isSsh(gitops) ? [{ secret: KNOWN_HOSTS_SECRET, path: [...AT, "credentials"] }] : []),
  ];
}

function usesImageUpdates(homelab: Homelab): boolean {
  return homelab.platform.imageUpdates?.by === "flux";
}

/** A duration as Go writes it; ours may be in days. */
function goDuration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  return ms < 60_000 ? `${Math.max(1, Math.round(ms / 1000))}s` : minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

function render(homelab: Homelab, gitops: GitOps): RenderedObject[] {
  const labels = componentLabels("flux");
  const name = "flux-system";
  const objects: RenderedObject[] = [];
  if (gitops.credentials !== undefined) {
    const key = isSsh(gitops) ? "identity" : "password";
    objects.push(rendered<ISecret>([...AT, "credentials"], {
      apiVersion: "v1", kind: "Secret", metadata: { name: GIT_SECRET, namespace: NAMESPACE, labels, annotations: { [SECRET_SOURCE_ANNOTATION]: gitops.credentials.secret } },
      type: "Opaque", stringData: isSsh(gitops) ? { identity: "", known_hosts: "" } : { username: "git", password: "" },
    }, [
      { key, secret: gitops.credentials.secret, form: "value" },
      ...(isSsh(gitops) ? [{ key: "known_hosts", secret: KNOWN_HOSTS_SECRET, form: "value" as const, about: "the git server's host keys, as ssh-keyscan prints them" }] : []),
    ]));
  }
  objects.push(
    rendered<GitRepository>([...AT, "repository"], {
      apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", metadata: { name, namespace: NAMESPACE, labels },
      spec: { url: gitops.repository, interval: goDuration(gitops.interval.ms), ref: { branch: gitops.branch }, secretRef: gitops.credentials === undefined ? undefined : { name: GIT_SECRET } },
    }),
    rendered<Kustomization>([...AT, "path"], {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", metadata: { name, namespace: NAMESPACE, labels },
      spec: {
        sourceRef: { kind: "GitRepository", name },
        path: gitops.path.startsWith("./") ? gitops.path : `./${gitops.path.replace(/^\/+/, "")}`,
        interval: goDuration(gitops.interval.ms),
        timeout: goDuration(gitops.timeout.ms),
        prune: gitops.prune,
        wait: true,
        decryption: homelab.secrets.recipients.length > 0 ? { provider: "sops", secretRef: { name: SOPS_SECRET } } : undefined,
      },
    }),
  );
  if (homelab.secrets.recipients.length > 0) {
    // Flux takes every key of this Secret that ends in .agekey. It is a key of the cluster's own, or one of the user's: whose, the user decides.
    objects.push(rendered<ISecret>(["secrets", "recipients"], {
      apiVersion: "v1", kind: "Secret", metadata: { name: SOPS_SECRET, namespace: NAMESPACE, labels, annotations: { [SECRET_SOURCE_ANNOTATION]: AGE_KEY_SECRET } },
      type: "Opaque", stringData: { "age.agekey": "" },
    }, [{ key: "age.agekey", secret: AGE_KEY_SECRET, form: "value", about: "an age private key (AGE-SECRET-KEY-1…) that opens what Flux decrypts" }]));
  }
  gitops.notifications.forEach((notification, index) => {
    const at = [...AT, "notifications", index];
    const provider = `${notification.kind}-${index + 1}`;
    const secret = notificationSecret(notification);
    if (secret !== undefined && notification.webhook !== undefined) {
      objects.push(rendered<ISecret>(at, {
        apiVersion: "v1", kind: "Secret", metadata: { name: secret, namespace: NAMESPACE, labels, annotations: { [SECRET_SOURCE_ANNOTATION]: notification.webhook.secret } },
        type: "Opaque", stringData: { address: "" },
      }, [{ key: "address", secret: notification.webhook.secret, form: "value" }]));
    }
    objects.push(
      rendered<Provider>(at, { apiVersion: "notification.toolkit.fluxcd.io/v1beta3", kind: "Provider", metadata: { name: provider, namespace: NAMESPACE, labels }, spec: { type: fluxProviderType(notification), channel: notification.to, secretRef: secret === undefined ? undefined : { name: secret } } }),
      rendered<Alert>(at, { apiVersion: "notification.toolkit.fluxcd.io/v1beta3", kind: "Alert", metadata: { name: provider, namespace: NAMESPACE, labels }, spec: { providerRef: { name: provider }, eventSeverity: "error", eventSources: [{ kind: "GitRepository", name: "*" }, { kind: "Kustomization", name: "*" }, { kind: "HelmRelease", name: "*" }] } }),
    );
  });
  return objects;
}

/** The controllers of a Flux release with the requests of its own manifests. Two more where Flux updates images. */
const CONTROLLERS = ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"];
const IMAGE_CONTROLLERS = ["image-reflector-controller", "image-automation-controller"];
const CONTROLLER_VERSIONS: Record<string, string> = {
  "source-controller": "v1.10.1", "kustomize-controller": "v1.10.1", "helm-controller": "v1.7.1", "notification-controller": "v1.10.0", "image-reflector-controller": "v1.4.0", "image-automation-controller": "v1.4.0",
};

export const flux: Component = {
  name: "flux",
  summary: "keeps the cluster as the repository says",
  at: AT,
  isUsed: (homelab) => homelab.platform.gitops?.by === "flux",
  install: () => "chart",
  objects: (homelab) => (homelab.platform.gitops === undefined ? [] : render(homelab, homelab.platform.gitops)),
  charts: (homelab) => [pinnedChart("flux", AT, NAMESPACE, {
    imageReflectionController: { create: usesImageUpdates(homelab) },
    imageAutomationController: { create: usesImageUpdates(homelab) },
  })],
  footprint: (homelab) => ({
    workloads: [...CONTROLLERS, ...(usesImageUpdates(homelab) ? IMAGE_CONTROLLERS : [])].map((name) => ({
      kind: "Deployment" as const, namespace: NAMESPACE, name, labels: { app: name }, serviceAccount: name, priorityClass: "system-cluster-critical" as const,
      containers: [{ name: "manager", image: `ghcr.io/fluxcd/${name}:${CONTROLLER_VERSIONS[name] ?? "v1.0.0"}`, cpu: name === "source-controller" ? "50m" : "100m", memory: "64Mi", cpuLimit: "1", memoryLimit: "1Gi", ports: [{ name: "http-prom", port: 8080 }, { name: "healthz", port: 9440 }], ready: { path: "/readyz", port: 9440 } }],
    })),
    services: [{ namespace: NAMESPACE, name: "source-controller", selector: { app: "source-controller" }, ports: [{ name: "http", port: 80, targetPort: 9090 }] }],
  }),
  crds: ["flux"],
};
