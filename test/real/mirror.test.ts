import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { componentVersion, WAIT_IMAGE } from "../../src/manifests/versions.ts";
import { cachedPath, obtain, platformName } from "./binaries.ts";
import { IMAGE_RECIPES } from "./image-recipes.ts";
import { fillMirror, mirrorPath } from "./mirror.ts";
import { imagePath, mirroredReleases } from "./mirror-contents.ts";
import { OFFICIAL_SITES, releaseOf } from "./recipes.ts";
import { CONTAINERD_PARTS, KUBEADM, REAL_VERSIONS } from "./versions.ts";
import { skippedFor } from "../skipping.ts";
import { noTar } from "../userland.ts";

const run = promisify(execFile);
const NOWHERE = { kubernetes: "http://127.0.0.1:9/release", github: "http://127.0.0.1:9" };
const references = IMAGE_RECIPES.map(({ reference }) => reference);
const kubeadm = cachedPath(KUBEADM.component, KUBEADM.name);
const hasKubeadm = await access(kubeadm, constants.X_OK).then(
  () => true,
  () => false,
);

describe("what a mirror of real parts holds", () => {
  it("lies where a URL without its scheme says", () => {
    expect(mirroredReleases(OFFICIAL_SITES, "linux-amd64").map(({ path, sumsPath }) => [path, sumsPath])).toEqual([
      ...["kubeadm", "kubelet", "kubectl"].map((name) => [`dl.k8s.io/release/v1.36.3/bin/linux/amd64/${name}`, `dl.k8s.io/release/v1.36.3/bin/linux/amd64/${name}.sha256`]),
      ["github.com/containerd/containerd/releases/download/v2.3.7/containerd-2.3.7-linux-amd64.tar.gz", "github.com/containerd/containerd/releases/download/v2.3.7/containerd-2.3.7-linux-amd64.tar.gz.sha256sum"],
      ["github.com/opencontainers/runc/releases/download/v1.4.3/runc.amd64", "github.com/opencontainers/runc/releases/download/v1.4.3/runc.sha256sum"],
      ["github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz", "github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz.sha256"],
      ["github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz", "github.com/kubernetes-sigs/cri-tools/releases/download/v1.36.0/crictl-v1.36.0-linux-amd64.tar.gz.sha256"],
    ]);
    expect(imagePath("registry.k8s.io/coredns/coredns:v1.14.2", "arm64")).toBe("images/registry.k8s.io/coredns/coredns/v1.14.2-arm64.tar");
  });

  it("has the images that Kubernest's own objects name", () => {
    expect(references).toEqual(expect.arrayContaining([`ghcr.io/flannel-io/flannel:${componentVersion("flannel").app}`, `docker.io/library/traefik:${componentVersion("traefik").app}`, `docker.io/rancher/local-path-provisioner:${componentVersion("local-path").app}`, `registry.k8s.io/metrics-server/metrics-server:${componentVersion("metrics-server").app}`, WAIT_IMAGE]));
  });

  it("has the images that kubeadm asks for", skippedFor(!hasKubeadm && "kubeadm is not in the cache: npm run real-mirror"), async () => {
    const { stdout } = await run(kubeadm, ["config", "images", "list", "--kubernetes-version", REAL_VERSIONS.kubernetes]);
    expect(references).toEqual(expect.arrayContaining(stdout.trim().split("\n")));
  });
});

describe("filling it", () => {
  let scratch: string;
  let server: Server | undefined;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), "kubernest-mirror-"));
    vi.stubEnv("KUBERNEST_REAL_CACHE", scratch);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
    await rm(scratch, { recursive: true, force: true });
  });

  /** Serves these files, and 404 for everything else. */
  async function serve(files: ReadonlyMap<string, string | Buffer>): Promise<string> {
    server = createServer((request, response) => {
      const found = files.get(request.url!);
      response.writeHead(found === undefined ? 404 : 200);
      response.end(found);
    });
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function containerdRelease(): Promise<Buffer> {
    await mkdir(join(scratch, "made/bin"), { recursive: true });
    for (const { name } of CONTAINERD_PARTS) await writeFile(join(scratch, "made/bin", name), `I am ${name}\n`);
    await run("tar", ["-czf", join(scratch, "made.tar.gz"), "-C", join(scratch, "made"), "bin"]);
    return readFile(join(scratch, "made.tar.gz"));
  }

  const platform = "linux-amd64";
  const paths = releaseOf(CONTAINERD_PARTS[0]!, { kubernetes: "", github: "" }, platform)!;

  it("takes a binary out of a released archive, once its checksum is right", skippedFor(platformName() === platform ? noTar : `the archive is one for ${platform}`), async () => {
    const archive = await containerdRelease();
    const digest = createHash("sha256").update(archive).digest("hex");
    const files = new Map<string, string | Buffer>([[paths.url, archive], [paths.sumsUrl, `${"0".repeat(64)}  ${paths.url.slice(paths.url.lastIndexOf("/") + 1)}\n`]]);
    const sites = { kubernetes: NOWHERE.kubernetes, github: await serve(files) };
    const refused = await obtain(CONTAINERD_PARTS, () => {}, { mayBuild: false, sites });
    expect(refused).toMatchObject({ ok: false, why: expect.stringContaining(`is ${digest}, published is ${"0".repeat(64)}`) });

    files.set(paths.sumsUrl, `${digest}  ${paths.url.slice(paths.url.lastIndexOf("/") + 1)}\n`);
    const obtained = await obtain(CONTAINERD_PARTS, () => {}, { mayBuild: false, sites });
    expect(obtained.ok).toBe(true);
    expect(await readFile(cachedPath("containerd", "ctr"), "utf8")).toBe("I am ctr\n");
  });

  it("packs what was built as upstream does, with its checksum, and says why the rest is missing", skippedFor(process.platform === "linux" ? noTar : "parts are built on Linux"), async () => {
    for (const { component, name } of [...CONTAINERD_PARTS, KUBEADM]) {
      await mkdir(join(cachedPath(component, name), ".."), { recursive: true });
      await writeFile(cachedPath(component, name), `I am ${name}\n`, { mode: 0o755 });
    }
    const filled = await fillMirror(() => {}, { mayBuild: false, withImages: false, sites: NOWHERE });
    expect(filled.path).toBe(mirrorPath());
    const why = new Map(filled.missing.map(({ path, why }) => [path.slice(path.lastIndexOf("/") + 1), why]));
    expect(why.get("kubelet")).toMatch(/^kubelet v1\.36\.3: not in .*, release site: 127\.0\.0\.1:9: .*, building not asked for$/);
    expect(why.has("kubeadm")).toBe(false);

    const releases = mirroredReleases(NOWHERE, `linux-${process.arch === "x64" ? "amd64" : process.arch}`);
    const archive = releases.find(({ path }) => path.includes("/containerd-"))!;
    const bytes = await readFile(join(filled.path, archive.path));
    const name = archive.path.slice(archive.path.lastIndexOf("/") + 1);
    expect(await readFile(join(filled.path, archive.sumsPath), "utf8")).toBe(`${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
    const { stdout } = await run("tar", ["-tzf", join(filled.path, archive.path)]);
    expect(stdout.trim().split("\n")).toEqual(["bin/", "bin/containerd", "bin/containerd-shim-runc-v2", "bin/ctr"]);
  });
});
