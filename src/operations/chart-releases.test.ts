import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { KubeClient } from "../kube/kube-client.ts";
import type { ChartRelease } from "../manifests/chart-release.ts";
import type { HelmRequest } from "../ports/helm.ts";
import { compareCharts, helmMissing, installChart } from "./chart-releases.ts";

const RELEASE: ChartRelease = { name: "metallb", at: ["platform"], repository: "https://charts.example/metallb", chart: "metallb", version: "0.15.2", namespace: "metallb-system", values: { speaker: { enabled: true } } };

/** As helm's driver for Secrets keeps a release. */
function kept(revision: number, version: string, values: object, status = "deployed") {
  const release = { name: "metallb", version: revision, chart: { metadata: { version } }, config: values, info: { status } };
  return { metadata: { labels: { version: String(revision) } }, data: { release: Buffer.from(gzipSync(JSON.stringify(release)).toString("base64")).toString("base64") } };
}

const clusterWith = (...secrets: object[]): KubeClient => ({ list: () => Promise.resolve(secrets) }) as unknown as KubeClient;

describe("charts", () => {
  it("that are not installed are installed", async () => {
    expect((await compareCharts(clusterWith(), [RELEASE])).map(({ planned }) => planned)).toEqual([{ object: "Release metallb-system/metallb", action: "create", risk: "safe", diff: undefined }]);
  });

  it("that are as the file says are left alone, by their latest revision", async () => {
    expect(await compareCharts(clusterWith(kept(10, "0.15.2", RELEASE.values), kept(9, "0.14.0", {})), [RELEASE])).toEqual([]);
  });

  it("show what another version or other values change", async () => {
    const [change] = await compareCharts(clusterWith(kept(1, "0.14.0", { speaker: { enabled: false } })), [RELEASE]);
    expect(change!.planned.diff!.split("\n")).toEqual(["@@ -1,4 +1,4 @@", '-version: "0.14.0"', '+version: "0.15.2"', " values:", "   speaker:", "-    enabled: false", "+    enabled: true"]);
  });

  it("whose last attempt failed are tried again", async () => {
    const [change] = await compareCharts(clusterWith(kept(1, "0.15.2", RELEASE.values, "pending-install")), [RELEASE]);
    expect(change!.planned.diff).toContain("# the last attempt is pending-install");
  });

  it("need helm, and say which and how", async () => {
    const none = { version: () => Promise.resolve(undefined), run: () => Promise.reject(new Error("not asked")) };
    const missing = await helmMissing(none, await compareCharts(clusterWith(), [RELEASE]));
    expect([missing!.message, missing!.hint]).toEqual(["metallb 0.15.2: installed with helm, which is not on this computer", expect.stringContaining("https://helm.sh/docs/intro/install")]);
    expect(await helmMissing(none, [])).toBeUndefined();
  });

  it("give helm the kubeconfig and the values apart from its arguments, and tell what it said", async () => {
    const asked: HelmRequest[] = [];
    const helm = { version: () => Promise.resolve("v4.0.0"), run: (request: HelmRequest) => (asked.push(request), Promise.resolve({ code: 1, output: "WARNING: old\nError: context deadline exceeded\n" })) };
    await expect(installChart(helm, "kubeconfig of an administrator", RELEASE)).rejects.toMatchObject({ code: "change-failed", message: "chart metallb 0.15.2: helm ended with exit code 1: Error: context deadline exceeded", output: ["WARNING: old", "Error: context deadline exceeded"] });
    expect(asked).toEqual([{ args: ["upgrade", "--install", "metallb", "metallb", "--repo", "https://charts.example/metallb", "--version", "0.15.2", "--namespace", "metallb-system", "--create-namespace", "--timeout", "900s"], kubeconfig: "kubeconfig of an administrator", values: "speaker:\n  enabled: true\n", deadlineMs: expect.any(Number) }]);
  });
});
