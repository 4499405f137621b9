/** What the real control plane is made of. The go.mod files beside this one pin the same versions (a test compares them). */
export const REAL_VERSIONS = { kubernetes: "v1.36.3", etcd: "v3.6.16", kwok: "v0.8.0", sops: "v3.13.3" } as const;

export type Component = keyof typeof REAL_VERSIONS;

export interface Part {
  component: Component;
  /** File name in the cache. */
  name: string;
  /** Main package for `go build`, or the test package for `go test -c`. */
  goPackage: string;
  isTestBinary?: boolean;
  /** Its releases publish no checksum to verify it with. */
  isBuiltOnly?: boolean;
}

const kubernetes = (name: string): Part => ({ component: "kubernetes", name, goPackage: `k8s.io/kubernetes/cmd/${name}` });

/** What a control plane with fake nodes is started from. */
export const CONTROL_PLANE_PARTS: readonly Part[] = [
  kubernetes("kube-apiserver"),
  kubernetes("kube-controller-manager"),
  kubernetes("kube-scheduler"),
  { component: "etcd", name: "etcd", goPackage: "go.etcd.io/etcd/server/v3" },
  { component: "kwok", name: "kwok", goPackage: "sigs.k8s.io/kwok/cmd/kwok" },
];

/** Upstream's end-to-end suite, which holds the conformance tests. */
export const UPSTREAM_SUITE_PART: Part = { component: "kubernetes", name: "e2e.test", goPackage: "k8s.io/kubernetes/test/e2e", isTestBinary: true };

/** What the secrets file is compared with. `age` and its key maker come at the version that the same module pins. */
export const SOPS_PARTS: readonly Part[] = [
  { component: "sops", name: "sops", goPackage: "github.com/getsops/sops/v3/cmd/sops" },
  { component: "sops", name: "age", goPackage: "filippo.io/age/cmd/age", isBuiltOnly: true },
  { component: "sops", name: "age-keygen", goPackage: "filippo.io/age/cmd/age-keygen", isBuiltOnly: true },
];
