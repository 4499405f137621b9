/** The cluster itself: distribution, version, endpoint, datastore, network, arguments. */
import type { Duration, Quantity, SecretRef } from "./amounts.ts";

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
