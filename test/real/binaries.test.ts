import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cacheRoot, obtain, platformName } from "./binaries.ts";
import { checksumIn } from "./downloads.ts";
import { loadTable } from "../conformance/upstream/table.ts";
import { REAL_VERSIONS, type Component } from "./versions.ts";

const PINNED: Readonly<Record<Component, string>> = {
  kubernetes: "k8s.io/kubernetes",
  etcd: "go.etcd.io/etcd/server/v3",
  kwok: "sigs.k8s.io/kwok",
  containerd: "github.com/containerd/containerd/v2",
  runc: "github.com/opencontainers/runc",
  "cni-plugins": "github.com/containernetworking/plugins",
  crictl: "sigs.k8s.io/cri-tools",
  flannel: "github.com/flannel-io/flannel",
  "flannel-cni-plugin": "github.com/containernetworking/plugins",
  coredns: "github.com/coredns/coredns",
  traefik: "github.com/traefik/traefik/v3",
  "local-path-provisioner": "github.com/rancher/local-path-provisioner",
  "metrics-server": "sigs.k8s.io/metrics-server",
  kine: "github.com/k3s-io/kine",
  "kube-vip-double": "k8s.io/client-go",
  sops: "github.com/getsops/sops/v3",
};

describe("the real control plane's binaries", () => {
  it.each(Object.entries(PINNED))("%s: the module pins the version that the cache is named by", async (component, path) => {
    const text = await readFile(fileURLToPath(new URL(`${component}/go.mod`, import.meta.url)), "utf8");
    expect(text).toMatch(new RegExp(`^\\s*(require )?${path.replaceAll(".", "\\.")} ${REAL_VERSIONS[component as Component]}( // indirect)?$`, "m"));
  });

  it("platforms and cache are named as the release sites and the XDG rules do", () => {
    expect(platformName("linux", "x64")).toBe("linux-amd64");
    expect(platformName("darwin", "arm64")).toBe("darwin-arm64");
    expect(cacheRoot({ KUBERNEST_REAL_CACHE: "/a" })).toBe("/a");
    expect(cacheRoot({ XDG_CACHE_HOME: "/b" })).toBe("/b/kubernest/real");
  });

  it("reads a checksum out of both forms in which they are published", () => {
    const sum = "a".repeat(64);
    expect(checksumIn(`${sum}\n`, "x")).toBe(sum);
    expect(checksumIn(`${"b".repeat(64)}  y\n${sum}  x\n`, "x")).toBe(sum);
    expect(checksumIn("not found", "x")).toBeUndefined();
  });

  it("says why when nothing can be had", async () => {
    const nowhere = "http://127.0.0.1:9";
    const part = { component: "kubernetes", name: "not-a-binary", goPackage: "x" } as const;
    const obtained = await obtain([part], () => {}, { mayBuild: false, sites: { kubernetes: nowhere, github: nowhere } });
    expect(obtained).toMatchObject({ ok: false, why: expect.stringContaining("not-a-binary v1.36.3: not in ") });
    const late = await obtain([part], () => {}, { buildUntilMs: performance.now(), sites: { kubernetes: nowhere, github: nowhere } });
    expect(late).toMatchObject({ ok: false, why: expect.stringMatching(/^not-a-binary v1\.36\.3: not in .*, and the time for builds is over$/) });
  });
});

describe("upstream's conformance tests", () => {
  it("are all listed, each failure with its reason", async () => {
    const { kubernetes, tests } = await loadTable();
    expect(kubernetes).toBe(REAL_VERSIONS.kubernetes);
    expect(tests).toHaveLength(446);
    expect(new Set(tests.map((test) => test.name)).size).toBe(446);
    for (const test of tests) if (test.state !== "passes") expect(test.why, test.name).toBeTruthy();
  });
});
