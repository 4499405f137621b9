/** Apps: services, databases, volumes, jobs, exposure, placement, and what they promise. */
import type { CountOrPercent, Duration, Labels, Named, Quantity } from "./amounts.ts";
import type { Patch } from "./extras.ts";
import type { Architecture, CpuMemory, Taint } from "./machine.ts";
import type { BackupPlan } from "./platform.ts";
import type { SitePartKind } from "./site.ts";

export type Security = "privileged" | "baseline" | "restricted";

export interface App {
  readonly name: string;
  readonly namespace: string;
  /** Keyed by service; an app in short form has one, named as the app. */
  readonly services: Named<AppService>;
  readonly databases: Named<Database>;
  readonly volumes: Named<Volume>;
  readonly configFiles: Named<ConfigFile>;
  /** Every secret of the store that this app uses, also those only named in `env`. */
  readonly secrets: Named<AppSecret>;
  readonly jobs: Named<Job>;
  readonly cronJobs: Named<CronJob>;
  readonly promise: AppPromise | undefined;
  readonly security: Security;
  readonly network: AppNetwork;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly patches: readonly Patch[];
}

export type EnvValue =
  | { readonly kind: "literal"; readonly value: string }
  | { readonly kind: "secret"; readonly secret: string }
  | { readonly kind: "database"; readonly database: string; readonly key: DatabaseKey }
  | { readonly kind: "field"; readonly field: string };

export type DatabaseKey = "host" | "port" | "name" | "user" | "password" | "uri";

/** What a container runs: shared by services, jobs and cron jobs. */
export interface Workload {
  readonly name: string;
  readonly image: string;
  /** Architectures the image is known to exist for; empty when not declared. */
  readonly architectures: readonly Architecture[];
  readonly imagePullPolicy: "IfNotPresent" | "Always" | "Never" | undefined;
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly env: Named<EnvValue>;
  readonly mounts: readonly Mount[];
  readonly resources: Resources;
  readonly placement: Placement;
  readonly security: Security;
  readonly runAs: { readonly user: number | undefined; readonly group: number | undefined };
  readonly gracePeriod: Duration;
  readonly priorityClass: string | undefined;
}

export interface AppService extends Workload {
  readonly kind: "deployment" | "stateful-set" | "daemon-set";
  /** The first is the main one: probes and routes use it. Empty for a service nobody connects to. */
  readonly ports: readonly ServicePort[];
  readonly routes: readonly Route[];
  /** `load-balancer` and `node-port` are beside the routes; `cluster` is inside only. */
  readonly exposure: Exposure;
  readonly replicas: number;
  readonly scale: Scale | undefined;
  readonly update: UpdateStrategy;
  readonly readiness: Probe | undefined;
  readonly liveness: Probe | undefined;
  readonly startup: Probe | undefined;
  readonly disruptionBudget: { readonly maxUnavailable: CountOrPercent } | undefined;
  /** Services and databases of this app that must answer first. */
  readonly after: readonly string[];
}

export interface ServicePort {
  readonly name: string;
  /** What other pods and routes connect to. */
  readonly port: number;
  /** What the container listens on. */
  readonly containerPort: number;
  readonly protocol: "TCP" | "UDP";
}

export interface Route {
  /** In full: `gazette.maison.example`. */
  readonly host: string;
  readonly path: string;
  readonly pathType: "Prefix" | "Exact";
  readonly stripPath: boolean;
  readonly port: number;
  readonly tls: boolean;
  /** http redirects to https. */
  readonly redirect: boolean;
}

export interface Exposure {
  readonly kind: "cluster" | "node-port" | "load-balancer";
  readonly address: string | undefined;
  readonly pool: string | undefined;
  readonly nodePort: number | undefined;
}

export interface Scale {
  readonly min: number;
  readonly max: number;
  /** Percent of the request, from 1. */
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
}

export type UpdateStrategy =
  | { readonly kind: "rolling"; readonly maxSurge: CountOrPercent; readonly maxUnavailable: CountOrPercent }
  | { readonly kind: "recreate" };

export interface Probe {
  readonly check:
    | { readonly kind: "http"; readonly path: string; readonly port: number }
    | { readonly kind: "tcp"; readonly port: number }
    | { readonly kind: "exec"; readonly command: readonly string[] };
  readonly initialDelay: Duration;
  readonly period: Duration;
  readonly timeout: Duration;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

export interface Resources {
  readonly requests: { readonly cpu: Quantity; readonly memory: Quantity };
  readonly limits: CpuMemory;
}

export interface Placement {
  /** Only on machines with these labels. */
  readonly labels: Labels;
  /** Only on these machines, by name; empty for any. */
  readonly machines: readonly string[];
  readonly tolerations: readonly { readonly key: string; readonly value: string | undefined; readonly effect: Taint["effect"] | undefined; readonly seconds: number | undefined }[];
  /** Spread over `machine` (hostname) or a site part kind. */
  readonly spread: readonly { readonly over: "machine" | SitePartKind; readonly required: boolean; readonly maxSkew: number }[];
  /** Other services of the app to be near to, or away from. */
  readonly near: readonly string[];
  readonly apart: readonly string[];
}

export interface Mount {
  readonly source: "volume" | "config-file" | "secret" | "temporary";
  /** The volume, configuration file or secret; a name of its own for a temporary directory. */
  readonly name: string;
  readonly path: string;
  readonly readOnly: boolean;
  readonly subPath: string | undefined;
  readonly size: Quantity | undefined;
}

export interface Volume {
  readonly name: string;
  readonly size: Quantity;
  /** A name in `platform.storage.classes`. */
  readonly storageClass: string;
  readonly access: "ReadWriteOnce" | "ReadWriteMany" | "ReadOnlyMany" | "ReadWriteOncePod";
  /** True: each replica has its own (StatefulSet). */
  readonly perReplica: boolean;
  readonly backup: BackupPlan | undefined;
}

export interface Database {
  readonly name: string;
  readonly engine: "postgres" | "mariadb";
  readonly version: string;
  readonly instances: number;
  readonly size: Quantity;
  readonly storageClass: string;
  readonly resources: Resources;
  readonly backup: BackupPlan | undefined;
}

export interface ConfigFile {
  readonly name: string;
  readonly content: string;
}

export interface AppSecret {
  /** The name in the secrets file. */
  readonly name: string;
}

export interface Job extends Workload {
  /** `install`: once; `before-update`: each time the app's images change. */
  readonly when: "install" | "before-update";
  readonly retries: number;
  readonly deadline: Duration | undefined;
}

export interface CronJob extends Workload {
  /** Cron, five fields. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly concurrency: "Allow" | "Forbid" | "Replace";
  readonly retries: number;
  readonly deadline: Duration | undefined;
  readonly keepSucceeded: number;
  readonly keepFailed: number;
  readonly suspended: boolean;
}

export interface AppNetwork {
  /** Whether a NetworkPolicy is made for the app. */
  readonly policy: boolean;
  /** Apps that may connect, beside the ingress controller and the app itself. */
  readonly from: readonly string[];
  /** undefined: free. */
  readonly egress: readonly EgressRule[] | undefined;
}

export type EgressRule =
  | { readonly kind: "app"; readonly app: string }
  | { readonly kind: "cidr"; readonly cidr: string; readonly ports: readonly number[] }
  | { readonly kind: "internet"; readonly ports: readonly number[] };

export interface AppPromise {
  readonly survives: readonly Survival[];
  readonly backWithin: Duration | undefined;
  readonly loses: Loss;
  /** What only a human can mend still counts as kept. */
  readonly byHand: boolean;
}

export type Survival =
  | { readonly kind: "one-machine" }
  | { readonly kind: "two-machines" }
  | { readonly kind: "one-site-part" }
  | { readonly kind: "named"; readonly name: string };

export type Loss =
  | { readonly kind: "nothing" }
  | { readonly kind: "writes"; readonly within: Duration }
  | { readonly kind: "since-last-backup" };
