/**
 * Finds the binaries of the real control plane: in a cache, else from the official release sites (checksum verified), else built
 * with the Go toolchain from the modules pinned beside this file. Says why when none of the three works; never guesses a version.
 */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fetch } from "undici";
import { REAL_VERSIONS, type Component, type Part } from "./versions.ts";

const run = promisify(execFile);
const HERE = dirname(fileURLToPath(import.meta.url));
/** A release site that does not answer within this is taken as out of reach. */
const PROBE_DEADLINE_MS = 5_000;
const DOWNLOAD_DEADLINE_MS = 10 * 60_000;
/** Upstream's suite, nothing cached, took 20 minutes on two cores; one that takes this long is not worth waiting for. */
const BUILD_DEADLINE_MS = 45 * 60_000;

export type Say = (line: string) => void;

export type Obtained = { ok: true; path(name: string): string } | { ok: false; why: string };

export interface ReleaseSites {
  kubernetes: string;
  etcd: string;
  kwok: string;
  sops: string;
}

export const OFFICIAL_SITES: ReleaseSites = {
  kubernetes: "https://dl.k8s.io/release",
  etcd: "https://github.com/etcd-io/etcd/releases/download",
  kwok: "https://github.com/kubernetes-sigs/kwok/releases/download",
  sops: "https://github.com/getsops/sops/releases/download",
};

/** `linux-amd64`, as release sites name it. */
export function platformName(platform: NodeJS.Platform = process.platform, arch: string = process.arch): string {
  const os = platform === "win32" ? "windows" : platform;
  const cpu = arch === "x64" ? "amd64" : arch;
  return `${os}-${cpu}`;
}

/** `$KUBERNEST_REAL_CACHE`, else `$XDG_CACHE_HOME/kubernest/real`, else `~/.cache/kubernest/real`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env["KUBERNEST_REAL_CACHE"]) return env["KUBERNEST_REAL_CACHE"];
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "kubernest", "real");
}

export function cachedPath(component: Component, name: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheRoot(env), component, REAL_VERSIONS[component], platformName(), name);
}

async function isThere(path: string, mode = constants.R_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** True when every part is in the cache already, so that nothing would be downloaded or built. */
export async function areCached(parts: readonly Part[]): Promise<boolean> {
  for (const part of parts) if (!(await isThere(cachedPath(part.component, part.name), constants.X_OK))) return false;
  return true;
}

/** Makes sure that every part is in the cache. `mayBuild: false` forbids the minutes that a build takes. */
export async function obtain(parts: readonly Part[], say: Say, options: { mayBuild?: boolean; sites?: ReleaseSites } = {}): Promise<Obtained> {
  const sites = options.sites ?? OFFICIAL_SITES;
  const refusals: string[] = [];
  let goMissing: string | undefined;
  for (const part of parts) {
    const path = cachedPath(part.component, part.name);
    if (await isThere(path, constants.X_OK)) continue;
    await mkdir(dirname(path), { recursive: true });
    const label = `${part.name} ${REAL_VERSIONS[part.component]}`;
    const failed = await download(part, path, sites, say).catch((error: unknown) => messageOf(error));
    if (failed === undefined) continue;
    say(`${label}: release site: ${failed}`);
    if (options.mayBuild === false) {
      refusals.push(`${label}: not in ${cacheRoot()}, release site: ${failed}, building not asked for`);
      continue;
    }
    goMissing ??= await run("go", ["version"]).then(
      () => "",
      (error: unknown) => messageOf(error),
    );
    if (goMissing !== "") {
      refusals.push(`${label}: not in ${cacheRoot()}, release site: ${failed}, and no Go toolchain to build it with`);
      continue;
    }
    const broken = await build(part, path, say);
    if (broken !== undefined) refusals.push(`${label}: ${broken}`);
  }
  if (refusals.length > 0) return { ok: false, why: refusals.join("; ") };
  if (parts.some((part) => part.name === "kwok")) {
    const missing = await obtainStages(sites, say);
    if (missing !== undefined) return { ok: false, why: missing };
  }
  const components = new Map(parts.map((part) => [part.name, part.component]));
  return { ok: true, path: (name) => cachedPath(components.get(name) ?? "kubernetes", name) };
}

/** Where KWOK's stages (what its fake kubelets do to nodes and pods) are cached. */
export function stagesPath(): string {
  return cachedPath("kwok", "stages.yaml");
}

/** KWOK built from its module carries no stages: they are files of the module, or one file of a release. */
async function obtainStages(sites: ReleaseSites, say: Say): Promise<string | undefined> {
  const target = stagesPath();
  if (await isThere(target)) return undefined;
  const fromModule = await run("go", ["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"], { cwd: join(HERE, "kwok") }).then(
    ({ stdout }) => stdout.trim(),
    () => "",
  );
  if (fromModule !== "") {
    const stage = join(fromModule, "kustomize", "stage");
    const files = [
      "node/fast/node-initialize.yaml",
      "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
      "pod/fast/pod-ready.yaml",
      "pod/fast/pod-complete.yaml",
      "pod/fast/pod-delete.yaml",
    ];
    const texts = await Promise.all(files.map((file) => readFile(join(stage, file), "utf8")));
    await replaceFile(target, texts.join("---\n"));
    return undefined;
  }
  const url = `${sites.kwok}/${REAL_VERSIONS.kwok}/stage-fast.yaml`;
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_DEADLINE_MS) }).catch((error: unknown) => messageOf(error));
  if (typeof response === "string" || !response.ok) return `KWOK's stages: neither its Go module nor its release site can be read`;
  say("KWOK's stages: from its release");
  await replaceFile(target, await response.text());
  return undefined;
}

/** What a part is called on its release site, and which published checksum covers it. */
function release(part: Part, sites: ReleaseSites): { url: string; sumsUrl: string; archiveMember?: string } {
  const version = REAL_VERSIONS[part.component];
  const [os, cpu] = platformName().split("-") as [string, string];
  if (part.component === "etcd") {
    const stem = `etcd-${version}-${os}-${cpu}`;
    return { url: `${sites.etcd}/${version}/${stem}.tar.gz`, sumsUrl: `${sites.etcd}/${version}/SHA256SUMS`, archiveMember: `${stem}/${part.name}` };
  }
  if (part.component === "sops") {
    const base = `${sites.sops}/${version}`;
    return { url: `${base}/sops-${version}.${os}.${cpu}`, sumsUrl: `${base}/sops-${version}.checksums.txt` };
  }
  if (part.component === "kwok") {
    const url = `${sites.kwok}/${version}/kwok-${os}-${cpu}`;
    return { url, sumsUrl: `${url}.sha256` };
  }
  if (part.isTestBinary) {
    const url = `${sites.kubernetes}/${version}/kubernetes-test-${os}-${cpu}.tar.gz`;
    return { url, sumsUrl: `${url}.sha256`, archiveMember: `kubernetes/test/bin/${part.name}` };
  }
  const url = `${sites.kubernetes}/${version}/bin/${os}/${cpu}/${part.name}`;
  return { url, sumsUrl: `${url}.sha256` };
}

/** Undefined when the verified binary is in place, else why not. The checksum is asked for first: it is small, and no answer means no download. */
async function download(part: Part, target: string, sites: ReleaseSites, say: Say): Promise<string | undefined> {
  if (part.isBuiltOnly) return "publishes no checksum";
  const { url, sumsUrl, archiveMember } = release(part, sites);
  const sums = await fetch(sumsUrl, { signal: AbortSignal.timeout(PROBE_DEADLINE_MS) });
  if (!sums.ok) return `${sumsUrl} answered ${sums.status}`;
  const wanted = checksumIn(await sums.text(), url.slice(url.lastIndexOf("/") + 1));
  if (wanted === undefined) return `${sumsUrl} names no checksum of it`;
  say(`${part.name}: downloading ${url}`);
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_DEADLINE_MS) });
  if (!response.ok) return `${url} answered ${response.status}`;
  const bytes = Buffer.from(await response.arrayBuffer());
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== wanted) return `checksum of ${url} is ${actual}, published is ${wanted}`;
  if (archiveMember === undefined) {
    await replaceFile(target, bytes, 0o755);
    return undefined;
  }
  const scratch = await mkdtemp(`${target}.`);
  try {
    const archive = join(scratch, "archive.tar.gz");
    await writeFile(archive, bytes);
    await run("tar", ["-xzf", archive, "-C", scratch, archiveMember]);
    await chmod(join(scratch, archiveMember), 0o755);
    await rename(join(scratch, archiveMember), target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return undefined;
}

/** A published sums file is either one bare digest or lines of `digest  name`. */
export function checksumIn(text: string, fileName: string): string | undefined {
  const bare = /^\s*([0-9a-f]{64})\s*$/.exec(text);
  if (bare) return bare[1];
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]{64})\s+\*?(\S+)$/.exec(line.trim());
    if (match && (match[2] === fileName || match[2]!.endsWith(`/${fileName}`))) return match[1];
  }
  return undefined;
}

/** Undefined when built, else the compiler's last words. */
async function build(part: Part, target: string, say: Say): Promise<string | undefined> {
  const version = REAL_VERSIONS[part.component];
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  const base = "k8s.io/component-base/version";
  const stamp = part.component === "kubernetes" ? [`-X ${base}.gitVersion=${version}`, `-X ${base}.gitMajor=${major}`, `-X ${base}.gitMinor=${minor}`, `-X ${base}.gitTreeState=clean`] : [];
  const temporary = `${target}.building`;
  const verb = part.isTestBinary ? ["test", "-c"] : ["build"];
  const args = [...verb, "-trimpath", "-ldflags", ["-s", "-w", ...stamp].join(" "), "-o", temporary, part.goPackage];
  say(`${part.name} ${version}: building from its Go module (minutes, the first time)`);
  const startedMs = performance.now();
  const outcome = await new Promise<{ code: number | null; tail: string }>((resolve) => {
    const child = spawn("nice", ["-n", "10", "go", ...args], { cwd: join(HERE, part.component), env: { ...process.env, CGO_ENABLED: "0" }, stdio: ["ignore", "ignore", "pipe"] });
    let tail = "";
    const deadline = setTimeout(() => {
      tail = `not done within ${BUILD_DEADLINE_MS / 60_000} minutes`;
      // Go starts no more compilers, and ends with those that run.
      child.kill("SIGINT");
    }, BUILD_DEADLINE_MS);
    const end = (code: number | null, text: string): void => {
      clearTimeout(deadline);
      resolve({ code, tail: text });
    };
    child.stderr.on("data", (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-2_000)));
    child.on("error", (error) => end(1, error.message));
    child.on("exit", (code) => end(code, tail));
  });
  if (outcome.code !== 0) return `go ${verb.join(" ")} failed: ${outcome.tail.trim()}`;
  await rename(temporary, target);
  say(`${part.name} ${version}: built in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  return undefined;
}

async function replaceFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content, { mode });
  await rename(temporary, path);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.split("\n")[0]!;
}
