/**
 * A homelab in its long form: every short form expanded, every default filled in, every quantity parsed. This is what
 * all other folders read; only `config` knows the short forms that the user may write. Maps keep the file's order.
 */
import type { Path } from "./finding.ts";

/** An amount as written and as a number: bytes for memory and disk, cores for cpu. */
export interface Quantity {
  readonly text: string;
  readonly value: number;
}

export interface Duration {
  readonly text: string;
  readonly ms: number;
}

/** `max: 25%` or `max: 1`, as Kubernetes' IntOrString. */
export type CountOrPercent = number | string;

/** A value that lives in the secrets file, by its name there. */
export interface SecretRef {
  readonly secret: string;
}

export type Labels = Readonly<Record<string, string>>;
export type Named<T> = Readonly<Record<string, T>>;

export interface Homelab {
  readonly name: string;
  /** The DNS domain of the apps; undefined when every host is written in full. */
  readonly domain: string | undefined;
  /** IANA name, for schedules: `Europe/Paris`. */
  readonly timeZone: string;
  /** The home network's own ranges (CIDR), where the file says so. */
  readonly lan: readonly string[];
  readonly machines: Named<Machine>;
  readonly site: Named<SitePart>;
  readonly kubernetes: Kubernetes;
  readonly platform: Platform;
  readonly registries: Named<Registry>;
  readonly artifacts: { readonly mirror: string | undefined };
  readonly secrets: SecretStore;
  readonly apps: Named<App>;
  /** Kubernetes objects of the user's own, as written. */
  readonly objects: readonly OwnObject[];
  readonly charts: Named<Chart>;
  readonly patches: readonly Patch[];
  /** What the user does not write but wants to know: one entry for each default that was filled in. */
  readonly defaults: readonly DefaultReason[];
}

/** Why a field that is not in the file has its value. */
export interface DefaultReason {
  readonly path: Path;
  readonly value: unknown;
  readonly why: string;
}

// ---------------------------------------------------------------------------------------------- machines

export type Role = "control-plane" | "worker" | "load-balancer";
export type Architecture = "amd64" | "arm64" | "arm";
export type OsName = "debian" | "raspberry-pi-os" | "ubuntu" | "arch" | "nixos";

export interface Machine {
  readonly name: string;
  /** Address or DNS name that SSH reaches; undefined while the machine is only planned. */
  readonly address: string | undefined;
  /** Empty for `none`. A control plane that is also a worker has both. */
  readonly roles: readonly Role[];
  readonly labels: Labels;
  readonly taints: readonly Taint[];
  /** A name of the hardware table, such as `raspberry-pi-5`; undefined when unknown. */
  readonly hardware: string | undefined;
  readonly architecture: Architecture;
  readonly memory: Quantity;
  readonly cpu: Quantity;
  readonly disks: readonly Disk[];
  readonly os: { readonly name: OsName; readonly version: string | undefined; readonly bits: 32 | 64 };
  readonly ssh: { readonly user: string; readonly port: number; readonly key: string | undefined; readonly jump: string | undefined; /** Keys only. False: as the machine has it. */ readonly hardened: boolean };
  readonly sudo: "passwordless" | "password" | "root";
  /** Held back from pods on this machine. */
  readonly reserved: { readonly system: CpuMemory; readonly kubernetes: CpuMemory };
  readonly hostname: string;
  readonly fqdn: string | undefined;
  readonly network: MachineNetwork;
  readonly sysctls: Labels;
  readonly packages: readonly string[];
  /** systemd units to stop and disable: `bluetooth`. */
  readonly disableServices: readonly string[];
  readonly timeServers: readonly string[];
  /** As IANA names it; undefined: as the machine has it. */
  readonly timeZone: string | undefined;
  /** Of the journal on its disk; undefined: systemd's own limit. */
  readonly journalMax: Quantity | undefined;
  /** Extra kubelet arguments of this machine only. */
  readonly kubeletArgs: readonly Argument[];
}

export interface CpuMemory {
  readonly cpu: Quantity | undefined;
  readonly memory: Quantity | undefined;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface Disk {
  readonly kind: "sd" | "usb" | "hdd" | "ssd" | "nvme" | "virtual";
  readonly size: Quantity;
  readonly device: string | undefined;
  readonly use: "system" | "etcd" | "storage";
}

export interface MachineNetwork {
  readonly interface: string | undefined;
  /** With prefix length, `192.168.1.11/24`; several for dual stack. Empty: given by DHCP. */
  readonly addresses: readonly string[];
  readonly gateway: string | undefined;
  readonly resolvers: readonly string[];
  readonly search: readonly string[];
  /** The addresses Kubernetes knows the node by (`--node-ip`), without prefix. Empty: the node's own choice. */
  readonly nodeIps: readonly string[];
}

// ---------------------------------------------------------------------------------------------- site

export type SitePartKind = "internet" | "router" | "switch" | "power-strip" | "ups" | "nas" | "hypervisor";

export interface SitePart {
  readonly name: string;
  readonly kind: SitePartKind;
  readonly address: string | undefined;
  /** Machines and site parts that lose the network when this fails. */
  readonly connects: readonly string[];
  /** Machines and site parts that lose power when this fails. */
  readonly powers: readonly string[];
  /** Machines that run inside this one (hypervisor). */
  readonly runs: readonly string[];
  readonly forwards: readonly Forward[];
  /** How long a UPS carries its load; undefined for other kinds. */
  readonly holds: Duration | undefined;
  /** Directories a NAS exports over NFS. */
  readonly exports: readonly string[];
  /** Where a NAS answers S3; undefined when it does not. */
  readonly s3: string | undefined;
  /** cpu, memory and disks of a hypervisor's own machine, shared by those it runs. */
  readonly cpu: Quantity | undefined;
  readonly memory: Quantity | undefined;
  readonly disks: readonly Disk[];
}

export interface Forward {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** A machine's name or an address. */
  readonly to: string;
  readonly toPort: number;
}

// ---------------------------------------------------------------------------------------------- kubernetes

export interface Kubernetes {
  readonly distribution: "k3s" | "kubeadm";
  /** `v1.36.1+k3s1`, `v1.36.3`. */
  readonly version: string;
  readonly endpoint: Endpoint;
  readonly datastore: Datastore;
  readonly network: ClusterNetwork;
  readonly containerRuntime: "containerd" | "cri-o";
  readonly extraArgs: ExtraArgs;
  /** Parts of the distribution that are left out: `traefik`, `servicelb`, `helm-controller`. */
  readonly disable: readonly string[];
  readonly kubelet: Kubelet;
  /** Further names and addresses in the API server's certificate. */
  readonly tlsSans: readonly string[];
  readonly dataDir: string;
  readonly secretsEncryption: boolean;
  readonly anonymousAuth: boolean;
  readonly certificates: { readonly validity: Duration; readonly caValidity: Duration; readonly algorithm: string };
  readonly kubeconfig: { readonly path: string; readonly mode: string };
  readonly eventTtl: Duration;
  readonly logLevel: number;
}

export interface Endpoint {
  /** What nodes and kubectl connect to; undefined until the first control plane has an address. */
  readonly address: string | undefined;
  readonly port: number;
  /** `machine`: the first control plane itself; `local`: a proxy on each node. */
  readonly by: "machine" | "haproxy" | "kube-vip" | "external" | "local";
  /** Machines that carry the address: the load balancers, or the control planes. */
  readonly on: readonly string[];
  /** A DNS name for `address`. */
  readonly name: string | undefined;
  readonly interface: string | undefined;
}

export interface Datastore {
  readonly kind: "etcd" | "sqlite" | "external";
  /** Connection string of an external datastore. */
  readonly url: SecretRef | undefined;
  readonly quota: Quantity;
  readonly memoryLimit: Quantity | undefined;
  readonly compactionRetention: Duration | undefined;
  readonly dataDir: string;
  readonly exposeMetrics: boolean;
  readonly snapshots: { readonly schedule: string; readonly keep: number; readonly toBackups: boolean };
}

export interface ClusterNetwork {
  readonly cni: "flannel" | "calico" | "cilium" | "kube-router" | "none";
  readonly backend: "vxlan" | "host-gw" | "wireguard-native" | "ipip" | "bgp" | "none";
  /** One range, or IPv4 and IPv6, the first being the primary. */
  readonly pods: readonly string[];
  readonly services: readonly string[];
  /** Bits of each node's slice of `pods`. */
  readonly nodePrefix: { readonly ipv4: number; readonly ipv6: number };
  readonly ipv6Masquerade: boolean;
  readonly dns: {
    readonly domain: string;
    readonly upstream: readonly string[];
    readonly ndots: number;
    readonly nodeLocal: { readonly enabled: boolean; readonly address: string };
  };
  readonly proxy: "iptables" | "nftables" | "ipvs" | "none";
  /** Whether the chosen network enforces NetworkPolicy. */
  readonly enforcesPolicies: boolean;
}

export interface Argument {
  readonly name: string;
  readonly value: string;
}

/** Flags without the leading dashes. `server` and `agent` are k3s' own. */
export interface ExtraArgs {
  readonly apiServer: readonly Argument[];
  readonly controllerManager: readonly Argument[];
  readonly scheduler: readonly Argument[];
  readonly kubelet: readonly Argument[];
  readonly kubeProxy: readonly Argument[];
  readonly etcd: readonly Argument[];
  readonly server: readonly Argument[];
  readonly agent: readonly Argument[];
}

export interface Kubelet {
  readonly maxPods: number;
  readonly imagePulls: "serial" | "parallel";
  readonly containerLogMaxSize: Quantity;
  readonly containerLogMaxFiles: number;
  /** Below this a machine is refused as a node. */
  readonly memoryMin: Quantity;
}

// ---------------------------------------------------------------------------------------------- platform

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

// ---------------------------------------------------------------------------------------------- registries, secrets, extras

export interface Registry {
  /** Host and port: `ghcr.io`, `registry.maison.example:5000`. */
  readonly name: string;
  readonly username: string | undefined;
  readonly password: SecretRef | undefined;
  readonly mirrors: readonly string[];
  /** Plain HTTP or an unverified certificate. */
  readonly insecure: boolean;
}

export interface SecretStore {
  readonly by: "sops";
  readonly file: string;
  /** age, SSH or PGP public keys. */
  readonly recipients: readonly string[];
}

export type OwnObject =
  | { readonly kind: "inline"; readonly object: Readonly<Record<string, unknown>> }
  | { readonly kind: "file"; readonly file: string };

export interface Chart {
  readonly name: string;
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A change to objects that Kubernest generates: the escape hatch. */
export interface Patch {
  readonly target: { readonly kind: string; readonly name: string | undefined; readonly namespace: string | undefined };
  readonly change:
    | { readonly type: "strategic"; readonly patch: Readonly<Record<string, unknown>> }
    | { readonly type: "json"; readonly patch: readonly Readonly<Record<string, unknown>>[] };
}

// ---------------------------------------------------------------------------------------------- apps

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
