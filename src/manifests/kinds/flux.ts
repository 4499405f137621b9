/** Flux's kinds as far as we write them. Source: fluxcd.io/flux/components, release 2.9. */
interface Meta {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
}

export interface GitRepository {
  apiVersion: "source.toolkit.fluxcd.io/v1";
  kind: "GitRepository";
  metadata: Meta;
  spec: { url: string; interval: string; ref: { branch: string }; secretRef?: { name: string } };
}

export interface Kustomization {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1";
  kind: "Kustomization";
  metadata: Meta;
  spec: {
    sourceRef: { kind: "GitRepository"; name: string };
    path: string;
    interval: string;
    timeout: string;
    prune: boolean;
    wait: boolean;
    decryption?: { provider: "sops"; secretRef: { name: string } };
  };
}

export interface Provider {
  apiVersion: "notification.toolkit.fluxcd.io/v1beta3";
  kind: "Provider";
  metadata: Meta;
  spec: { type: string; address?: string; channel?: string; secretRef?: { name: string } };
}

export interface Alert {
  apiVersion: "notification.toolkit.fluxcd.io/v1beta3";
  kind: "Alert";
  metadata: Meta;
  spec: { providerRef: { name: string }; eventSeverity: "info" | "error"; eventSources: { kind: string; name: string }[] };
}
