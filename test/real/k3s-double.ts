/**
 * k3s for the mirror: its release where the site can be reached, else a stand-in built from the real parts underneath (`k3s-double/`), under the names that k3s releases
 * under. Which of the two it is, its `k3s --version` says; what the stand-in shows and does not is in docs/what-was-tested.md.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cachedPath, isThere, obtain, platformName, replaceFile, type ObtainOptions } from "./binaries.ts";
import { moduleDirectory } from "./builds.ts";
import { type Downloads, type Say } from "./downloads.ts";
import { imagePath } from "./mirror-contents.ts";
import { OFFICIAL_SITES } from "./recipes.ts";
import { CNI_PLUGIN_PARTS, CONTAINERD_PARTS, CRICTL, ETCD, ETCDCTL, FLANNEL_CNI, FLANNELD, KINE, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBE_PROXY, KUBE_SCHEDULER, KUBECTL, KUBELET, REAL_VERSIONS, RUNC, type Part } from "./versions.ts";

const run = promisify(execFile);
const HERE = join(dirname(fileURLToPath(import.meta.url)), "k3s-double");

export const K3S_VERSION = `${REAL_VERSIONS.kubernetes}+k3s1`;

const PARTS: readonly Part[] = [KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBE_SCHEDULER, KUBELET, KUBE_PROXY, KUBECTL, ...CONTAINERD_PARTS, RUNC, CRICTL, ...CNI_PLUGIN_PARTS, FLANNELD, FLANNEL_CNI, ETCD, ETCDCTL, KINE];
/** Those that a node with containerd and flannel calls; dhcp and the like would only make the file larger. */
const CALLED = new Set(["bridge", "host-local", "loopback", "portmap", "bandwidth", "firewall", "tuning"]);

/** What the packaged components run, as the mirror has it; their names in the stand-in's manifests. */
const IMAGES = {
  PAUSE: "registry.k8s.io/pause:3.10.2",
  COREDNS: `registry.k8s.io/coredns/coredns:${REAL_VERSIONS.coredns}`,
  LOCAL_PATH: `docker.io/rancher/local-path-provisioner:${REAL_VERSIONS["local-path-provisioner"]}`,
  METRICS_SERVER: `registry.k8s.io/metrics-server/metrics-server:${REAL_VERSIONS["metrics-server"]}`,
  TRAEFIK: `docker.io/library/traefik:${REAL_VERSIONS.traefik}`,
  BUSYBOX: "docker.io/library/busybox:1.37.0",
} as const;

export interface K3sPaths {
  readonly program: string;
  readonly images: string;
  readonly sums: string;
  /** What the stand-in was made of, by digest; a release has none. */
  readonly madeOf: string;
}

export function k3sPaths(mirror: string): K3sPaths {
  const cpu = platformName().split("-")[1]!;
  const base = join(mirror, "github.com/k3s-io/k3s/releases/download", K3S_VERSION);
  return { program: join(base, `k3s${cpu === "amd64" ? "" : `-${cpu}`}`), images: join(base, `k3s-airgap-images-${cpu}.tar.zst`), sums: join(base, `sha256sum-${cpu}.txt`), madeOf: join(base, "made-of") };
}

export async function missingK3s(mirror: string): Promise<string[]> {
  const { program, images, sums } = k3sPaths(mirror);
  const missing: string[] = [];
  for (const path of [program, images, sums]) if (!(await isThere(path))) missing.push(path);
  return missing;
}

/** Undefined when all of it is there, else why not. The mirror has its images already. */
export async function fillK3s(mirror: string, say: Say, options: ObtainOptions & { downloads: Downloads }): Promise<string | undefined> {
  const paths = k3sPaths(mirror);
  await mkdir(dirname(paths.program), { recursive: true });
  const isRelease = (await missingK3s(mirror)).length === 0 && !(await isThere(paths.madeOf));
  if (isRelease || (await download(paths, options))) return undefined;
  return makeDouble(mirror, paths, say, options);
}

async function download({ program, images, sums }: K3sPaths, { downloads, sites = OFFICIAL_SITES }: ObtainOptions & { downloads: Downloads }): Promise<boolean> {
  const base = `${sites.github}/k3s-io/k3s/releases/download/${encodeURIComponent(K3S_VERSION)}`;
  for (const file of [images, program]) {
    const fetched = await downloads.fetch({ url: `${base}/${basename(file)}`, sumsUrl: `${base}/${basename(sums)}` });
    if (!fetched.ok) return false;
    await replaceFile(file, fetched.bytes, 0o755);
    if (file === program) await replaceFile(sums, fetched.sums);
  }
  return true;
}

async function makeDouble(mirror: string, paths: K3sPaths, say: Say, options: ObtainOptions): Promise<string | undefined> {
  const obtained = await obtain(PARTS, say, options);
  if (!obtained.ok) return obtained.why;
  const cpu = platformName().split("-")[1]!;
  const archives = Object.values(IMAGES).map((reference) => join(mirror, imagePath(reference, cpu)));
  for (const archive of archives) if (!(await isThere(archive))) return `${archive} is not there`;
  const digest = await digestOf(archives);
  if ((await missingK3s(mirror)).length === 0 && (await isThere(paths.madeOf)) && (await readFile(paths.madeOf, "utf8")) === digest) return undefined;

  const scratch = await mkdtemp(join(tmpdir(), "kubernest-k3s-"));
  try {
    const go = (...args: string[]): Promise<unknown> => run("nice", ["-n", "10", "go", ...args], { cwd: HERE, env: { ...process.env, CGO_ENABLED: "0" } });
    const stamps = { version: K3S_VERSION, pauseImage: IMAGES.PAUSE, traefikImage: IMAGES.TRAEFIK };
    await go("build", "-trimpath", "-ldflags", `-s -w ${Object.entries(stamps).map(([name, value]) => `-X main.${name}=${value}`).join(" ")}`, "-o", join(scratch, "k3s"), ".");
    await go("build", "-o", join(scratch, "pack"), "./pack");
    const inputs = PARTS.filter(({ component, name }) => component !== "cni-plugins" || CALLED.has(name)).map((part) => `bin/${part.name}=${cachedPath(part.component, part.name)}`);
    for (const [name, text] of await manifests()) {
      await writeFile(join(scratch, name), text);
      inputs.push(`manifests/${name}=${join(scratch, name)}`);
    }
    await run("nice", ["-n", "10", join(scratch, "pack"), "program", `${paths.program}.new`, join(scratch, "k3s"), ...inputs]);
    await run("nice", ["-n", "10", join(scratch, "pack"), "images", `${paths.images}.new`, ...archives]);
    for (const path of [paths.program, paths.images]) await rename(`${path}.new`, path);
    const sums = await Promise.all([paths.program, paths.images].map(async (path) => `${createHash("sha256").update(await readFile(path)).digest("hex")}  ${basename(path)}\n`));
    await replaceFile(paths.sums, sums.join(""));
    await replaceFile(paths.madeOf, digest);
    say(`k3s ${K3S_VERSION}: a stand-in, made of built parts`);
    return undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The stand-in's own, with the images of the mirror, and Traefik's kinds as its module has them. */
async function manifests(): Promise<[string, string][]> {
  const directory = join(HERE, "manifests");
  const own = await Promise.all((await readdir(directory)).sort().map(async (name): Promise<[string, string]> => [name, withImages(await readFile(join(directory, name), "utf8"))]));
  const kinds = join(await moduleDirectory("traefik", "github.com/traefik/traefik/v3"), "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml");
  return [...own, ["traefik.yaml", await readFile(kinds, "utf8")]];
}

function withImages(text: string): string {
  return Object.entries(IMAGES).reduce((all, [name, reference]) => all.replaceAll(`%{IMAGE_${name}}%`, reference), text);
}

async function digestOf(archives: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(REAL_VERSIONS));
  const files = (await readdir(HERE, { recursive: true })).sort().filter((name) => /\.(go|mod|sum|txt|yaml)$/.test(name));
  for (const name of files) hash.update(name).update(await readFile(join(HERE, name)));
  for (const archive of archives) hash.update(await readFile(`${archive}.sha256`));
  return `${hash.digest("hex")}\n`;
}
