/** How each component is had: where its release is published with a checksum, and with which flags its module is built. */
import { REAL_VERSIONS, type Component, type Part } from "./versions.ts";

export interface ReleaseSites {
  kubernetes: string;
  github: string;
}

export const OFFICIAL_SITES: ReleaseSites = { kubernetes: "https://dl.k8s.io/release", github: "https://github.com" };

/** A published file, the file of checksums that covers it, and the member that is meant where it is an archive. */
export interface ReleaseFile {
  url: string;
  sumsUrl: string;
  archiveMember?: string;
}

export interface PatchedModule {
  module: string;
  version: string;
  /** What the replace line of go.mod points at; the copy is laid there. */
  directory: string;
  /** Path in the module, and the file beside go.mod that goes there. */
  files: Readonly<Record<string, string>>;
}

export interface Recipe {
  tags?: string;
  /** Needs C. Linked statically all the same: the binary runs on machines and in images that are not this computer. */
  usesC?: true;
  /** Stamps the version that the binary says it is. */
  stamps?(version: string): string[];
  /** Modules that are built from a copy with some files replaced or added, because they are not to be had as they are. */
  patchedModules?: readonly PatchedModule[];
  release?(part: Part, at: { sites: ReleaseSites; version: string; os: string; cpu: string }): ReleaseFile;
}

const VERSION_PACKAGE = "k8s.io/component-base/version";

export const RECIPES: Readonly<Record<Component, Recipe>> = {
  kubernetes: {
    stamps: (version) => {
      const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
      return [`${VERSION_PACKAGE}.gitVersion=${version}`, `${VERSION_PACKAGE}.gitMajor=${major}`, `${VERSION_PACKAGE}.gitMinor=${minor}`, `${VERSION_PACKAGE}.gitTreeState=clean`];
    },
    release: (part, { sites, version, os, cpu }) => {
      if (part.isTestBinary) return { ...withSums(`${sites.kubernetes}/${version}/kubernetes-test-${os}-${cpu}.tar.gz`, ".sha256"), archiveMember: `kubernetes/test/bin/${part.name}` };
      return withSums(`${sites.kubernetes}/${version}/bin/${os}/${cpu}/${part.name}`, ".sha256");
    },
  },
  etcd: {
    release: (part, { sites, version, os, cpu }) => {
      const stem = `etcd-${version}-${os}-${cpu}`;
      const base = `${sites.github}/etcd-io/etcd/releases/download/${version}`;
      return { url: `${base}/${stem}.tar.gz`, sumsUrl: `${base}/SHA256SUMS`, archiveMember: `${stem}/${part.name}` };
    },
  },
  kwok: { release: (_, { sites, version, os, cpu }) => withSums(`${sites.github}/kubernetes-sigs/kwok/releases/download/${version}/kwok-${os}-${cpu}`, ".sha256") },
  containerd: {
    tags: "no_btrfs no_zfs no_devmapper no_aufs",
    stamps: (version) => [`github.com/containerd/containerd/v2/version.Version=${version}`, "github.com/containerd/containerd/v2/version.Package=github.com/containerd/containerd/v2"],
    release: (part, { sites, version, os, cpu }) => ({
      ...withSums(`${sites.github}/containerd/containerd/releases/download/${version}/containerd-${version.slice(1)}-${os}-${cpu}.tar.gz`, ".sha256sum"),
      archiveMember: `bin/${part.name}`,
    }),
  },
  runc: {
    usesC: true,
    tags: "seccomp",
    release: (_, { sites, version, cpu }) => {
      const base = `${sites.github}/opencontainers/runc/releases/download/${version}`;
      return { url: `${base}/runc.${cpu}`, sumsUrl: `${base}/runc.sha256sum` };
    },
  },
  "cni-plugins": {
    stamps: (version) => [`github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion=${version}`],
    release: (part, { sites, version, os, cpu }) => ({
      ...withSums(`${sites.github}/containernetworking/plugins/releases/download/${version}/cni-plugins-${os}-${cpu}-${version}.tgz`, ".sha256"),
      archiveMember: `./${part.name}`,
    }),
  },
  crictl: {
    stamps: (version) => [`sigs.k8s.io/cri-tools/pkg/version.Version=${version}`],
    release: (part, { sites, version, os, cpu }) => ({
      ...withSums(`${sites.github}/kubernetes-sigs/cri-tools/releases/download/${version}/crictl-${version}-${os}-${cpu}.tar.gz`, ".sha256"),
      archiveMember: part.name,
    }),
  },
  flannel: { usesC: true, stamps: (version) => [`github.com/flannel-io/flannel/pkg/version.Version=${version}`] },
  "flannel-cni-plugin": { stamps: (version) => [`github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion=${version}`] },
  coredns: {
    release: (part, { sites, version, os, cpu }) => ({
      ...withSums(`${sites.github}/coredns/coredns/releases/download/${version}/coredns_${version.slice(1)}_${os}_${cpu}.tgz`, ".sha256"),
      archiveMember: part.name,
    }),
  },
  traefik: {
    stamps: (version) => [`github.com/traefik/traefik/v3/pkg/version.Version=${version.slice(1)}`],
    patchedModules: [
      { module: "github.com/go-acme/lego/v5", version: "v5.4.1", directory: "lego", files: { "providers/dns/zz_gen_dns_providers.go": "overlay/lego-dns/zz_gen_dns_providers.go" } },
      { module: "github.com/abbot/go-http-auth", version: "v0.4.1-0.20220112235402-e1cee1c72f2f", directory: "http-auth", files: { "stale.go": "overlay/http-auth/stale.go" } },
    ],
    release: (part, { sites, version, os, cpu }) => {
      const base = `${sites.github}/traefik/traefik/releases/download/${version}`;
      return { url: `${base}/traefik_${version}_${os}_${cpu}.tar.gz`, sumsUrl: `${base}/traefik_${version}_checksums.txt`, archiveMember: part.name };
    },
  },
  "local-path-provisioner": {},
  "metrics-server": { stamps: (version) => [`k8s.io/client-go/pkg/version.gitVersion=${version}`] },
  kine: { usesC: true },
  "kube-vip-double": {},
  sops: {
    release: (_, { sites, version, os, cpu }) => {
      const base = `${sites.github}/getsops/sops/releases/download/${version}`;
      return { url: `${base}/sops-${version}.${os}.${cpu}`, sumsUrl: `${base}/sops-${version}.checksums.txt` };
    },
  },
};

function withSums(url: string, suffix: string): ReleaseFile {
  return { url, sumsUrl: `${url}${suffix}` };
}

/** What a part is called on its release site, and which published checksum covers it. Undefined where none does: then nothing is downloaded. */
export function releaseOf(part: Part, sites: ReleaseSites, platform: string): ReleaseFile | undefined {
  if (part.isBuiltOnly) return undefined;
  const [os, cpu] = platform.split("-") as [string, string];
  return RECIPES[part.component].release?.(part, { sites, version: REAL_VERSIONS[part.component], os, cpu });
}
