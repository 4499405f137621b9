/** What the real clusters of the tests are made of. The go.mod files beside this one pin the same versions (a test compares them). */
export const REAL_VERSIONS = {
  kubernetes: "v1.36.3",
  etcd: "v3.6.16",
  kwok: "v0.8.0",
  containerd: "v2.3.7",
  runc: "v1.4.3",
  "cni-plugins": "v1.9.1",
  crictl: "v1.36.0",
  flannel: "v0.28.4",
  /** The last version that lived among the CNI plugins; the project of its own that releases it today is not published as a module. */
  "flannel-cni-plugin": "v0.9.1",
  coredns: "v1.14.2",
  traefik: "v3.7.13",
  "local-path-provisioner": "v0.0.30",
  "metrics-server": "v0.9.0",
  /** What k3s keeps SQLite and other databases behind; a part of the stand-in for k3s. */
  kine: "v0.16.4",
  /** What the stand-in for kube-vip elects its holder by: client-go. Its image has the tag that the tool asks for. */
  "kube-vip-double": "v0.36.3",
  sops: "v3.13.3",
} as const;

export type Component = keyof typeof REAL_VERSIONS;

export interface Part {
  component: Component;
  /** File name in the cache. */
  name: string;
  /** Main package for `go build`, or the test package for `go test -c`; for C, the module that holds the source. */
  goPackage: string;
  isTestBinary?: boolean;
  /** Its releases publish no checksum to verify it with. */
  isBuiltOnly?: boolean;
  /** A file of the module, compiled with `cc` instead. */
  cSource?: string;
}

const kubernetes = (name: string): Part => ({ component: "kubernetes", name, goPackage: `k8s.io/kubernetes/cmd/${name}` });
const containerd = (name: string): Part => ({ component: "containerd", name, goPackage: `github.com/containerd/containerd/v2/cmd/${name}` });
const cniPlugin = (path: string): Part => ({ component: "cni-plugins", name: path.slice(path.indexOf("/") + 1), goPackage: `github.com/containernetworking/plugins/plugins/${path}` });

export const KUBE_APISERVER = kubernetes("kube-apiserver");
export const KUBE_CONTROLLER_MANAGER = kubernetes("kube-controller-manager");
export const KUBE_SCHEDULER = kubernetes("kube-scheduler");
export const KUBE_PROXY = kubernetes("kube-proxy");
export const KUBEADM = kubernetes("kubeadm");
export const KUBELET = kubernetes("kubelet");
export const KUBECTL = kubernetes("kubectl");
export const PAUSE: Part = { component: "kubernetes", name: "pause", goPackage: "k8s.io/kubernetes", cSource: "build/pause/linux/pause.c", isBuiltOnly: true };
export const ETCD: Part = { component: "etcd", name: "etcd", goPackage: "go.etcd.io/etcd/server/v3" };
export const ETCDCTL: Part = { component: "etcd", name: "etcdctl", goPackage: "go.etcd.io/etcd/etcdctl/v3" };
export const ETCDUTL: Part = { component: "etcd", name: "etcdutl", goPackage: "go.etcd.io/etcd/etcdutl/v3" };
export const KWOK: Part = { component: "kwok", name: "kwok", goPackage: "sigs.k8s.io/kwok/cmd/kwok" };
export const CONTAINERD_PARTS: readonly Part[] = ["containerd", "containerd-shim-runc-v2", "ctr"].map(containerd);
export const RUNC: Part = { component: "runc", name: "runc", goPackage: "github.com/opencontainers/runc" };
export const CRICTL: Part = { component: "crictl", name: "crictl", goPackage: "sigs.k8s.io/cri-tools/cmd/crictl" };
export const FLANNELD: Part = { component: "flannel", name: "flanneld", goPackage: "github.com/flannel-io/flannel", isBuiltOnly: true };
export const FLANNEL_CNI: Part = { component: "flannel-cni-plugin", name: "flannel", goPackage: "github.com/containernetworking/plugins/plugins/meta/flannel", isBuiltOnly: true };
export const COREDNS: Part = { component: "coredns", name: "coredns", goPackage: "." };
export const KINE: Part = { component: "kine", name: "kine", goPackage: "github.com/k3s-io/kine", isBuiltOnly: true };
export const TRAEFIK: Part = { component: "traefik", name: "traefik", goPackage: "github.com/traefik/traefik/v3/cmd/traefik" };
/** Rebuilt when its cached file is taken away. */
export const KUBE_VIP_DOUBLE: Part = { component: "kube-vip-double", name: "kube-vip", goPackage: ".", isBuiltOnly: true };
export const LOCAL_PATH: Part = { component: "local-path-provisioner", name: "local-path-provisioner", goPackage: "github.com/rancher/local-path-provisioner", isBuiltOnly: true };
export const METRICS_SERVER: Part = { component: "metrics-server", name: "metrics-server", goPackage: "sigs.k8s.io/metrics-server/cmd/metrics-server", isBuiltOnly: true };

/** What a release archive of the CNI plugins holds. */
export const CNI_PLUGIN_PARTS: readonly Part[] = [
  ...["bridge", "dummy", "host-device", "ipvlan", "loopback", "macvlan", "ptp", "tap", "vlan"].map((name) => cniPlugin(`main/${name}`)),
  ...["dhcp", "host-local", "static"].map((name) => cniPlugin(`ipam/${name}`)),
  ...["bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf"].map((name) => cniPlugin(`meta/${name}`)),
];

/** What a control plane with fake nodes is started from. */
export const CONTROL_PLANE_PARTS: readonly Part[] = [KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBE_SCHEDULER, ETCD, KWOK];

/** Upstream's end-to-end suite, which holds the conformance tests. */
export const UPSTREAM_SUITE_PART: Part = { component: "kubernetes", name: "e2e.test", goPackage: "k8s.io/kubernetes/test/e2e", isTestBinary: true };

/** Why a test that needs `SOPS_PARTS` is skipped. */
export const SOPS_NOT_CACHED = "sops is not in the cache: npm run real-mirror builds it";

/** What the secrets file is compared with. `age` and its key maker come at the version that the same module pins. */
export const SOPS_PARTS: readonly Part[] = [
  { component: "sops", name: "sops", goPackage: "github.com/getsops/sops/v3/cmd/sops" },
  { component: "sops", name: "age", goPackage: "filippo.io/age/cmd/age", isBuiltOnly: true },
  { component: "sops", name: "age-keygen", goPackage: "filippo.io/age/cmd/age-keygen", isBuiltOnly: true },
];
