/** What the cluster needs to serve apps: ingress, certificates, storage, databases, backups, monitoring, GitOps. */
import type { Duration, Named, Quantity, SecretRef } from "./amounts.ts";
import type { Security } from "./app.ts";

export interface Platform {
  readonly ingress: Ingress;
  readonly certificates: Certificates | undefined;
  readonly loadBalancer: LoadBalancer;
  readonly storage: Storage;
  readonly metrics: { readonly enabled: boolean; readonly resolution: Duration };
  readonly databases: { readonly postgres: "cloudnative-pg" | "none"; readonly mariadb: "mariadb-operator" | "none" };
  readonly backups: Backups | undefined;
  readonly monitoring: Monitoring;
  readonly gitops: GitOps | undefined;
  readonly git: GitForge | undefined;
  readonly imageUpdates: { readonly by: "renovate" | "flux"; readonly schedule: string } | undefined;
  readonly policies: Policies;
}

export interface Ingress {
  readonly by: "traefik" | "none";
  /** True when the distribution brings it (k3s' own Traefik). */
  readonly bundled: boolean;
  /** Which kind of object a route becomes. */
  readonly routing: "traefik" | "ingress" | "gateway-api";
  readonly className: string;
  readonly replicas: number;
  /** Where clients reach it: a LoadBalancer Service or the nodes' own ports. */
  readonly exposure: "load-balancer" | "host-ports";
  readonly httpPort: number;
  readonly httpsPort: number;
}

export interface Certificates {
  readonly issuer: "letsencrypt" | "local-ca";
  readonly by: "traefik" | "cert-manager";
  readonly email: string | undefined;
  readonly staging: boolean;
  readonly dns01: { readonly provider: string; readonly credentials: SecretRef } | undefined;
}

export interface LoadBalancer {
  readonly by: "servicelb" | "metallb" | "kube-vip" | "none";
  readonly mode: "layer2" | "bgp";
  readonly pools: Named<{ readonly name: string; readonly addresses: readonly string[]; readonly autoAssign: boolean }>;
}

export type StorageKind = "local-path" | "nfs" | "longhorn" | "ceph" | "linstor";

export interface Storage {
  /** The class a volume gets when it names none. */
  readonly default: string;
  readonly classes: Named<StorageClass>;
}

export interface StorageClass {
  readonly name: string;
  readonly kind: StorageKind;
  /** local-path: where on the machine. */
  readonly path: string | undefined;
  /** nfs: site part or address, and its exported directory. */
  readonly server: string | undefined;
  readonly share: string | undefined;
  /** Copies of each volume, for the kinds that copy. */
  readonly replicas: number;
  readonly reclaim: "Delete" | "Retain";
}

export interface Backups {
  readonly s3: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly region: string;
    readonly path: string;
    readonly accessKey: SecretRef;
    readonly secretKey: SecretRef;
  };
  /** What copies volumes. */
  readonly volumes: "volsync" | "none";
  readonly encryptionKey: SecretRef | undefined;
  /** For databases and volumes that say nothing of their own. */
  readonly plan: BackupPlan;
}

/** When to back up, and how many to keep. */
export interface BackupPlan {
  /** Cron, five fields. */
  readonly schedule: string;
  readonly keep: number;
}

export interface Monitoring {
  readonly prometheus: { readonly retention: Duration; readonly size: Quantity } | undefined;
  readonly grafana: { readonly host: string | undefined; readonly password: SecretRef | undefined } | undefined;
  readonly loki: { readonly retention: Duration; readonly size: Quantity } | undefined;
  readonly alerts: readonly Notification[];
}

export interface Notification {
  readonly kind: "discord" | "slack" | "matrix" | "telegram" | "email" | "webhook";
  readonly webhook: SecretRef | undefined;
  readonly to: string | undefined;
}

export interface GitOps {
  readonly by: "flux" | "argocd";
  readonly repository: string;
  readonly branch: string;
  readonly path: string;
  readonly credentials: SecretRef | undefined;
  readonly interval: Duration;
  readonly timeout: Duration;
  readonly prune: boolean;
  readonly host: string | undefined;
  readonly notifications: readonly Notification[];
}

/** A git forge that runs in the cluster. */
export interface GitForge {
  readonly by: "forgejo";
  readonly host: string;
  readonly size: Quantity;
  readonly runners: number;
}

export interface Policies {
  /** Pod Security level that new namespaces of the user's own get. */
  readonly podSecurity: Security;
  readonly networkPolicies: boolean;
}
