/**
 * Finds the binaries of real clusters: in a cache, else from the official release sites (checksum verified), else built with the Go toolchain
 * from the modules pinned beside this file. Says why when none of the three works; never guesses a version.
 */
import { execFile } from "node:child_process";
import { access, chmod, constants, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { fetch } from "undici";
import { build, goMissing, moduleDirectory } from "./builds.ts";
import { Downloads, messageOf, type Say } from "./downloads.ts";
import { OFFICIAL_SITES, releaseOf, type ReleaseFile, type ReleaseSites } from "./recipes.ts";
import { REAL_VERSIONS, type Component, type Part } from "./versions.ts";

const run = promisify(execFile);
const STAGES_DEADLINE_MS = 5_000;

export type Obtained = { ok: true; path(name: string): string } | { ok: false; why: string };

export interface ObtainOptions {
  /** False forbids the minutes that a build takes. */
  mayBuild?: boolean;
  /** When builds must be over, as `performance.now()` tells the time. What is not built by then is named; Go's cache keeps what it had come to. */
  buildUntilMs?: number;
  sites?: ReleaseSites;
  /** Shared by callers that ask several times, so that a site out of reach is waited for once. */
  downloads?: Downloads;
}

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

export async function isThere(path: string, mode = constants.R_OK): Promise<boolean> {
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

/** Makes sure that every part is in the cache. */
export async function obtain(parts: readonly Part[], say: Say, options: ObtainOptions = {}): Promise<Obtained> {
  const sites = options.sites ?? OFFICIAL_SITES;
  const downloads = options.downloads ?? new Downloads(say);
  const refusals: string[] = [];
  let noGo: string | undefined;
  for (const part of parts) {
    const path = cachedPath(part.component, part.name);
    if (await isThere(path, constants.X_OK)) continue;
    await mkdir(dirname(path), { recursive: true });
    const label = `${part.name} ${REAL_VERSIONS[part.component]}`;
    const release = releaseOf(part, sites, platformName());
    const failed = release === undefined ? "publishes no checksum" : await download(release, path, downloads).catch(messageOf);
    if (failed === undefined) continue;
    say(`${label}: release site: ${failed}`);
    if (options.mayBuild === false) {
      refusals.push(`${label}: not in ${cacheRoot()}, release site: ${failed}, building not asked for`);
      continue;
    }
    if (performance.now() >= (options.buildUntilMs ?? Number.POSITIVE_INFINITY)) {
      refusals.push(`${label}: not in ${cacheRoot()}, release site: ${failed}, and the time for builds is over`);
      continue;
    }
    noGo ??= await goMissing();
    if (noGo !== "") {
      refusals.push(`${label}: not in ${cacheRoot()}, release site: ${failed}, and no Go toolchain to build it with`);
      continue;
    }
    const broken = await build(part, path, say, options.buildUntilMs);
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
  const fromModule = await moduleDirectory("kwok", "sigs.k8s.io/kwok").catch(() => "");
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
  const url = `${sites.github}/kubernetes-sigs/kwok/releases/download/${REAL_VERSIONS.kwok}/stage-fast.yaml`;
  const response = await fetch(url, { signal: AbortSignal.timeout(STAGES_DEADLINE_MS) }).catch(messageOf);
  if (typeof response === "string" || !response.ok) return `KWOK's stages: neither its Go module nor its release site can be read`;
  say("KWOK's stages: from its release");
  await replaceFile(target, await response.text());
  return undefined;
}

/** Undefined when the verified binary is in place, else why not. */
async function download(release: ReleaseFile, target: string, downloads: Downloads): Promise<string | undefined> {
  const fetched = await downloads.fetch(release);
  if (!fetched.ok) return fetched.why;
  const { archiveMember } = release;
  if (archiveMember === undefined) {
    await replaceFile(target, fetched.bytes, 0o755);
    return undefined;
  }
  const scratch = await mkdtemp(`${target}.`);
  try {
    const archive = join(scratch, "archive.tar.gz");
    await writeFile(archive, fetched.bytes);
    await run("tar", ["-xzf", archive, "-C", scratch, archiveMember]);
    await chmod(join(scratch, archiveMember), 0o755);
    await rename(join(scratch, archiveMember), target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return undefined;
}

export async function replaceFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content, { mode });
  await rename(temporary, path);
}
